"""Code list of browsing: what a user did."""

from data_contracts.codes.code_list import Code


class BrowseAction(Code):
    VIEW_LIST = "view_list", "浏览列表"
    VIEW_DETAIL = "view_detail", "查看详情"
    SEARCH = "search", "搜索"
    FAVOURITE = "favourite", "收藏"
    ADD_CART = "add_cart", "加购"
    REMOVE_CART = "remove_cart", "移出购物车"
    SHARE = "share", "分享"
