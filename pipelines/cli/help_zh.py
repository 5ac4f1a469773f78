"""Translate the help of every command and option into Chinese.

Contains the texts of `--help`. Not here: messages, which are written in both languages where used.
"""

from __future__ import annotations

from typing import Any

from pipelines.cli.usage_zh import usage_of_command_in_chinese

ZH = {
    # commands
    "Linli 邻里: exports of a group-buying platform in, a restock list and a wake-up list out.": (
        "Linli 邻里：读取社区团购平台的导出文件，产出补货清单和唤醒清单。"
    ),
    "Write the exports of a simulated platform with known true demand.": (
        "生成一个模拟平台的导出文件，其真实需求已知。"
    ),
    "Run the whole day: exports in, lists out.": "运行一整天：读入导出文件，产出清单。",
    "Predict the rest of the open business day from its orders so far.": (
        "根据当日已有订单，预计该业务日到截单还会有多少订单。"
    ),
    "Show how a file would be read and which rows would be quarantined. Loads nothing.": (
        "说明文件会如何读取、哪些行会被隔离；不导入任何数据。"
    ),
    "Exits with 1 when a load would reject the file or load no row of it.": (
        "如果该文件不会被导入，或没有一行可以导入，退出码为 1。"
    ),
    "Propose a mapping for unknown headers, as a file to read, correct and keep.": (
        "为不认识的表头提出映射草稿，写成文件供核对、修改和保存。"
    ),
    "Turn a public data set into exports that `linli run` reads.": (
        "把公开数据集转换成 `linli run` 可读的导出文件。"
    ),
    "Show the published lists: day, rows, where they are, and whether they are fresh.": (
        "显示已发布的清单：日期、行数、位置，以及是否是最新。"
    ),
    "Write the wake-up list with the platform's user ids, names and phones, for sending.": (
        "导出可供发送的唤醒清单，含平台的用户编号、姓名和电话。"
    ),
    "Erase a person everywhere, quarantine included, and verify that no file names them.": (
        "删除某人的全部数据（包括隔离区），并核验再没有文件涉及此人。"
    ),
    "Write the whole home into one archive that only you may read, without the keys.": (
        "把整个数据目录写成一个只有您能读的归档，不含密钥。"
    ),
    "Check an archive and put it in place as a home, whole or not at all.": (
        "校验归档并恢复为数据目录：要么完整恢复，要么不动。"
    ),
    "Open Dagster's web server and daemon on the jobs of this home.": (
        "打开 Dagster 网页和后台服务，运行该数据目录的任务。"
    ),
    "Accuracy that forecasts would have had.": "回测：如果过去就这样预测，会有多准。",
    "Forecast past days from what was known then, compare with baselines, write a report.": (
        "按当时已知的数据重做过去各天的预测，与基准方法比较，并写出报告。"
    ),
    "Stored models: which one is in use, and why.": "已保存的模型：在用的是哪一个，为什么。",
    "Show the stored models: accuracy of each, which one is in use and why.": (
        "显示已保存的模型：各自的准确度、在用的是哪一个、为什么。"
    ),
    "Use a stored model from the next run on.": "从下次运行起启用某个已保存的模型。",
    "Use the previous model again; run the day again for its lists.": (
        "重新启用之前使用的模型；清单需重新运行当日才会更新。"
    ),
    # options and arguments
    "Language of the messages.": "提示信息的语言。",
    "Show the version.": "显示版本。",
    "Folder to write to.": "写入的文件夹。",
    "Days of history.": "历史天数。",
    "Users.": "用户数。",
    "Communities.": "小区数。",
    "SKUs.": "商品数。",
    "Same seed, same bytes.": "随机种子；种子相同，文件逐字节相同。",
    "Folder of everything Linli writes.": "Linli 的数据目录，所有数据都写在这里。",
    "Show the traceback of an error.": "出错时显示完整的调用栈。",
    "Last fully known business day, like 2026-10-31, or 'latest'.": (
        "数据已完整的最后一个业务日，如 2026-10-31，或 latest。"
    ),
    "Last known business day, like 2026-10-31, or 'latest'.": (
        "已有数据的最后一个业务日，如 2026-10-31，或 latest。"
    ),
    "Folder of the exports.": "导出文件所在的文件夹。",
    "Platform to use, if the home has several.": "数据目录中有多个平台时，指明哪一个。",
    "Recompute every user, also unchanged ones.": "重新计算每个用户，包括数据没有变化的。",
    "These exports are of the platform in this home.": ("这些导出文件属于此目录中已有的平台。"),
    "The cut-off changed: reload every export.": "截单时间已改：重新导入全部文件。",
    "Clock time, like 2026-10-31T18:00; later data is not used.": (
        "时刻，如 2026-10-31T18:00；此刻及以后的数据都不使用。"
    ),
    "A file as it was exported.": "原样导出的文件。",
    "Export it is: orders, users, …": "它是哪一种数据：orders、users 等。",
    "Encoding, when the guess is wrong.": "编码；猜错时指明。",
    "Separator, when the guess is wrong.": "分隔符；猜错时指明。",
    "Sheet of a workbook.": "工作簿中的工作表。",
    "Row number of the header.": "表头所在的行。",
    "Print all results as JSON.": "以 JSON 输出全部结果。",
    "A file whose headers no preset knows.": "表头不在任何导出模板中的文件。",
    "Where to write it.": "写到哪里。",
    "Data set: frn50k, uci_online_retail or olist.": "数据集：frn50k、uci_online_retail 或 olist。",
    "Its file, or the folder it lies in.": "它的文件，或所在的文件夹。",
    "Folder to write the exports to.": "导出文件写入的文件夹。",
    "File to write, .csv or .xlsx; only you may read it.": (
        "要写的文件，.csv 或 .xlsx；只有您能读。"
    ),
    "Day of the list, or 'latest'.": "清单的日期，或 latest。",
    "The platform's user id; - reads it from stdin.": "平台的用户编号；- 表示从标准输入读取。",
    "Do not ask.": "不再询问。",
    "Archive to write, .tar or .tar.gz.": "要写的归档，.tar 或 .tar.gz。",
    "Include the keys: the archive then opens everything.": "连同密钥写入：得到它就能读出一切。",
    "An archive that linli backup wrote.": "linli backup 写出的归档。",
    "Empty or new folder to put it into.": "恢复到的空文件夹或新文件夹。",
    "Port on this machine.": "本机端口。",
    "Days to forecast from.": "预测起点的个数。",
    "Days between them.": "预测起点之间的天数。",
    "Days a fitted model serves; 1 fits for every origin.": (
        "一个训练好的模型使用的天数；1 表示每个预测起点都重新训练。"
    ),
    "Which model: demand.": "哪一种模型：demand。",
    "The day it was fitted up to, as `list` shows it.": "训练数据截至的日期，见 `list`。",
    "What people changed on published lists.": "人工对已发布清单的修改。",
    "Take back the quantities that people confirmed in a restock workbook.": (
        "收回人工在补货工作簿中确认的数量。"
    ),
    "The restock workbook, filled in and saved.": "填好并保存的补货工作簿。",
    "Who confirmed it; stored as a pseudonym.": "确认人；只存脱敏编号。",
    "Show what would change; store nothing.": "只显示会改什么，不写入。",
    # defaults
    "the one that fits": "自动选最合适的",
    "of the terminal: LANG": "终端的语言：LANG",
    "inbox in the home": "数据目录中的 inbox",
    "$LINLI_HOME, or ./home": "$LINLI_HOME，或 ./home",
    "$LINLI_EXPORTS, or inbox in the home": "$LINLI_EXPORTS，或数据目录中的 inbox",
    "mappings/ next to the file": "文件旁的 mappings/",
}
# Beginnings of texts whose rest is the same in both languages.
_BEGINNINGS = {
    "Preset to read it by: ": "按哪个导出模板读取：",
    "Baselines in addition to the means, by commas: ssa, trees_per_quantile, and, "
    "after `make peers`, mlforecast, auto_ets; or none.": (
        "除均值外的基准方法，以逗号分隔：ssa、trees_per_quantile，以及 `make peers` 之后的 "
        "mlforecast、auto_ets；或 none。"
    ),
    "Example: ": "示例：",
}


def help_in_chinese(text: str) -> str:
    """Return help in Chinese, paragraph by paragraph; unknown paragraphs stay as they are.

    >>> in_chinese("Show the version.")
    '显示版本。'
    """
    return "\n\n".join(_paragraph(one.replace("\n", " ")) for one in text.split("\n\n"))


def _paragraph(text: str) -> str:
    for begins, chinese in _BEGINNINGS.items():
        if text.startswith(begins):
            return chinese + text[len(begins) :]
    return ZH.get(text, text)


def speak_chinese(command: Any) -> None:
    """Translate the help, usage and options of a command and its subcommands into Chinese."""
    usage_of_command_in_chinese(command)
    command.help = help_in_chinese(command.help or "")
    if getattr(command, "short_help", None):
        command.short_help = help_in_chinese(command.short_help)
    for option in command.params:
        for name in ("help", "show_default"):
            if isinstance(text := getattr(option, name, None), str):
                setattr(option, name, help_in_chinese(text))
    for below in getattr(command, "commands", {}).values():
        speak_chinese(below)
