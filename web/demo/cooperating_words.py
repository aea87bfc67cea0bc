"""What units, communities and offices write in the demonstration of good practice, liaison communities and co-building; all of it is invented."""
from __future__ import annotations

#: who writes it, theme, title, text, why it works, its effect
_WINDOW = """# 起因
上班族白天来不了，报到证在手里一放就是一个月。
# 做法
- 每周二、周四窗口开到晚上八点
- 前一天在楼栋群里提醒
- 来不了的，由楼栋党小组长上门代办
# 需要什么
一名经办人调休半天，一台打印机。"""
_BUILDINGS = """单位 26 名党员分到 6 栋楼，每栋楼一名牵头人。
- 春节前后各走一遍楼
- 需要什么写在楼道的本子上
- 每季度和社区对一次账"""
_PATROL = "夜间巡逻时顺手记下不亮的路灯、松动的井盖，第二天一早报给有关单位，修好了在群里说一声。"
_ONE_PAGE = "社区和单位每季度只写一页：谁来了、做了什么、还缺什么。年底的反馈从这四页里来，不另写。"
#: who writes it, theme, title, text, why it works, its effect
PRACTICES = (
    ("community", "报到组织", "晚上六点半的报到窗口", _WINDOW, "把窗口开在党员有空的时候，不让党员请假来报到。",
     "报到率从 71% 提到 96%，没有增加一张表"),
    ("unit", "设岗领岗", "一个科室认一栋楼", _BUILDINGS, "人少事清，居民知道找谁。", "办成楼道照明、扶手等小事 41 件"),
    ("community", "治安巡逻", "巡逻队带上路灯报修单", _PATROL, "巡一次办两件事。", "三个月报修 18 处，平均两天修好"),
    ("unit", "双向反馈", "季度一页纸", _ONE_PAGE, None, None))
_REPAIRS = """下了班换上旧工装，他常在小区里转一圈：水龙头、门锁、换灯泡，喊一声就到。
# 邻居怎么说
“不用等，也不收钱。”
一年下来，帮过三十多户人家。"""
_SATURDAYS = "四点半课堂缺老师，他连着十二个周六来陪孩子写作业，后来又带来两位同事。"
#: title, text, medium, outlet, whether the member has agreed
STORIES = (("楼上楼下的“修理工”", _REPAIRS, "press", "江汉社区报", True), ("十二个周六", _SATURDAYS, "radio", "社区广播站", False))
#: who uses the first practice too, and what was learnt
USES = (("street", "已请另外两个社区照着做，窗口时间按各自情况定。"), ("unit", "单位把调休通知发到各支部，党员晚上去报到。"))

#: name, post, office of those who stand in no roster
CADRES = (("韩志远", "副区长", "江汉区人民政府"), ("丁雪梅", "街道党工委副书记", "唐家墩街道党工委"))
POST = ("城市管理执法局党组成员、副局长", "江汉区城市管理执法局")  # what the member of the story is
#: which cadre (2: the member), which community, since how many days, which reasons of the tenant's list, note
POINTS = ((2, 0, 300, (0, 2), "老旧小区多，网格员只有三名。"), (0, 1, 260, (3, 4), None), (1, 2, 140, (1,), "新小区，报到的党员还不多。"))
#: which point, days ago, kind, what was found
VISITS = (
    (0, 281, "research", "走访网格和党群服务中心：独居老人集中在两栋楼，晚上没有人手。"),
    (0, 190, "guidance", "参加社区联席会，商量夜间巡逻和设岗。"),
    (0, 52, "service", "和巡逻队走了一圈东门，登记了三处不亮的路灯。"),
    (1, 170, "research", "了解信访积案，主要是雨天积水和停车。"),
    (2, 100, "research", "新小区入住过半，业委会还没有成立。"))
#: which point, title, detail, responsible
ISSUES = (
    (0, "三号楼前雨水管网需要改造", "每逢大雨积水到脚踝，疏通以后过一阵又堵。", "江汉区城市管理执法局"),
    (0, "东门外路灯归属不清", "路灯不亮了不知道找谁修，居民夜间不敢走。", "区路灯管理所"),
    (1, "菜场早市占道", "早上七点到九点消防通道被占。", "江汉区城市管理执法局"),
    (0, "党群服务中心少一间活动室", None, "唐家墩街道办事处"))

#: side, kind, title, details, amount, hours, seats
ITEMS = (
    ("offer", "venues", "周末开放会议室", "三楼会议室，周六上午可用，请提前三天约。", None, 4, 60),
    ("offer", "talent", "环卫和市容方面的讲解员", "两名同事可以到社区讲垃圾分类，每月一次。", None, 2, 2),
    ("offer", "funds", "支持社区购置巡逻装备", "手电、反光背心一次性支持。", 6_000, None, None),
    ("need", "venues", "四点半课堂缺一间教室", "周二、周四下午四点半到六点，二十个孩子。", None, 3, 20),
    ("need", "talent", "请人给老人讲用药常识", "每季度一次，四十分钟左右。", None, 1, 40),
    ("need", "information", "市容整治的施工安排", "提前一周告诉社区，好通知居民。", None, None, None))
#: number of the item, who proposes, begun how many days ago, why the two fit
AGREEMENTS = ((0, "unit", 200, "单位离社区只有两百米，周六会议室空着。"), (2, "unit", 160, "巡逻队的党员大多是本单位的。"),
              (1, "unit", 0, "社区正好在做垃圾分类。"), (5, "unit", 0, "整治计划本来就由本局安排，提前告知不费事。"))
AGREED = 2  # so many of the first are confirmed by the other side
#: which agreement, days ago, what, yuan, hours, who writes it down
GIVEN = ((0, 150, "邻里节筹备会用会议室", None, 3, "community"), (0, 61, "消防演练讲评用会议室", None, 2, "community"),
         (0, 9, "冬春火灾防控宣讲用会议室", None, 2, "unit"), (1, 148, "手电 30 支、反光背心 30 件", 5_800, None, "community"))

LETTER = "贵单位来本社区报到的党员今年多次参加服务，雨后清理排水口时连续两个晚上到场，居民反映很好，特此告知。"
