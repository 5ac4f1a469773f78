"""Code lists of users: gender and age band."""

from data_contracts.codes.code_list import Code


class Gender(Code):
    FEMALE = "female", "女"
    MALE = "male", "男"


class AgeBand(Code):
    UNDER_18 = "under_18", "18岁以下"
    A18_24 = "18_24", "18-24岁"
    A25_34 = "25_34", "25-34岁"
    A35_44 = "35_44", "35-44岁"
    A45_54 = "45_54", "45-54岁"
    A55_64 = "55_64", "55-64岁"
    OVER_64 = "over_64", "65岁及以上"
