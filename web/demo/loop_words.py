"""What residents need and members promise in the demonstration of the service loop; everybody in it is invented."""
from __future__ import annotations

#: channel, text, category, summary, priority group; what has no summary yet waits to be looked through
NEEDS = (
    ("visit", "东门晚上常有陌生人转悠，想有人巡一巡", "治安", "东门一带想有人夜间巡逻", None),
    ("qq", "双职工多，放学后孩子没人管，能不能有人看着写作业", "帮扶", "放学后孩子没人照看", "children"),
    ("wechat", "三号楼雨天积水，出门要蹚水", "环境卫生", "三号楼前雨天积水", None),
    ("box", "想把车位都改成固定车位", "其他", "希望改成固定车位", None),
    ("phone", "想听听医生讲糖尿病怎么吃饭", "健康", "", "elderly"),
    ("website", "楼道里的小广告清了又贴", "环境卫生", "", None))
ANSWER = "已请排水公司疏通雨水口，周五前完工；雨天请先走东门。"
REFUSAL = "小区车位属于全体业主共有，要由业主大会决定。可以先向业委会提出，社区协助召集。"
#: kind, text, title at the gate, priority group, how to call the resident
WISHES = (
    ("wish", "孙女在外地上学，想学会和她视频", "学用手机视频通话", "elderly", "吴阿姨"),
    ("difficulty", "卫生间扶手松了，怕摔跤", "装牢卫生间扶手", "disabled", "赵师傅"),
    ("dream", "想要一盏写作业的台灯", "一盏写作业用的台灯", "children", "小宇家长"))
#: what two members offer: title, category, minutes, when
OFFERS = (("修理小家电、换灯泡", "家电维修", "60", "周六上午"), ("上门量血压、讲用药", "健康咨询", "40", "周三晚上"))
