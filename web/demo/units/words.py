"""What units, communities and members write in the demonstration of the unit's side; everybody in it is invented."""
from __future__ import annotations

MOBILISED = """为什么进社区：工作日在单位、下班后回社区，党员身份不能“下班”。
进社区干什么：宣传政策、维护治安、帮扶困难、丰富文化、推进文明创建，结合城管专业参与小区环境整治。
到社区怎么做：一周内持证报到，认领一个岗位，公开一项承诺，每年至少参加规定次数的活动。
两名支部书记表态发言，会后发放报到证。"""
DISCUSSED = """半年小结：大家谈到晚上和周末的岗位最合适，希望社区把任务提前三天发布。
有同志反映两个社区的活动撞在同一天，请联络员与社区协调错开。
商定：下半年重点参加夜间巡逻和垃圾分类引导，路远的同志以线上报名的上门服务为主。"""
#: what a liaison notes after looking somebody up; most are without a remark
REMARKS = ("社区反映准时、细致，主动带新同志。", "",
           "参加活动偏少，本人说倒班，已商量改到周末。", "", "", "上门服务两次，老人很满意。", "", "社区建议多参加夜间巡逻。")
EARLIER = ("已报到，认领夜间巡逻岗。", "", "", "新到单位，已提醒尽快报到。")
#: asked of a colleague: words, answered with what, and closed with what
REQUEST_LATE = "社区反映上次值守没有到岗，请与社区联系补上，并说明情况。"
REQUEST_DONE = ("请把在社区做的垃圾分类引导经验写几句，支部会上交流。", "已写好，交给支部。", "材料已收到，下月支部会交流。")
REQUEST_STAR = ("请在本月内与社区商定下一季度的服务时间。", "已与社区约定每周六晚巡逻。")
REQUEST_NOW = "年底前请核对自己的服务记录，有遗漏的请社区补登。"
REQUEST_BACK = ("请参加本周六社区的楼道清理。", "社区改期，另行通知。")
#: kind, words, and what was done about it
CASE_SOLVED = ("家庭照料", "母亲手术住院，下班要陪护，晚上的巡逻这个月去不了。", "与社区商量，本月巡逻改为周末上午的政策宣传。", "老人已出院，恢复原来的岗位。")
CASE_OPEN = ("工作安排", "被抽到外地项目，隔周才回武汉，怕完不成认领的岗位。", "已和项目组核对排班，回汉的周末照常服务，其余请邻居党员顶班。")
CASE_STAR = ("家庭照料", "孩子上小学放学早，双职工没人接，希望知道社区有没有四点半课堂。", "社区正在开四点半课堂，征得本人同意后请社区帮忙联系名额。")
CASE_UNSOLVED = ("生活困难", "租住的房子年底到期，附近租金涨得快，想申请公租房。", "问过房管部门，单位职工暂不符合公租房条件，先提供租房信息，以后政策变了再办。")
MONTH, DAY = "清洁家园服务月", "城管专业服务日：店招安全检查"
#: what a community says of a unit in a letter, of members, and what the unit answers
LETTER = "贵单位党员到岗及时，发挥了城管专业特长。希望明年继续支持夜间巡逻和楼道整治。"
LINES = ("积极主动，多次带队服务，居民评价好。", "每次到岗都很准时，做事细致。")
ANSWER = "来函收悉。对贵社区一年来的支持表示感谢。我们已在支部会上通报，明年将把夜间巡逻列入支部活动计划，并安排专人与社区每月对接一次。"
PAPER_ANSWER = "已阅，将督促未报到的同志尽快报到。"
#: words at any time between the community and the unit
PRAISE = "昨晚暴雨，贵单位党员冒雨清理排水口两小时，三号楼没有进水。居民托我们转达谢意。"
THANKS = "谢谢告知，已在局内通报表扬。后续有需要请随时联系。"
NOTICE = "下月社区开展安全隐患排查，想请贵单位派两名熟悉店招管理的同志指导，时间由贵单位定。"
#: consultations: what is written with the request, and the community's reasons
ASKED = "拟推荐为年度优秀公务员，请对其在社区的表现提出意见。"
ASKED_PLACE = "拟推荐为文明单位，请对该单位党员进社区情况提出意见。"
REASONED = "表现积极；下半年因出差参加活动较少，建议明年多安排周末岗位。"
OUTCOME = "已按程序确定为优秀等次。"
UNNEEDED = "名额调整，不再推荐，谢谢社区。"
#: a selection: criteria, and why somebody is nominated
CRITERIA = "在社区报到满半年，服务主动、群众评价好。由社区提名，街道推荐，本人自愿。"
CRITERIA_OPEN = "在职党员中服务社区时间长、帮助居民解决实际困难、群众公认的同志。可由社区、单位提名，逐级推荐。"
CRITERIA_UNITS = "组织党员进社区有力、与社区结对有实效的单位。"
DEEDS = ("长期参加夜间巡逻，暴雨天带头清理排水口。", "为独居老人上门修理水电，居民多次致谢。", "坚持垃圾分类引导，带动邻居参加。", "为社区孩子辅导作业，从不缺席。",
         "宣讲医保政策，耐心解答居民问题。")
RECOMMENDED = ("情况属实，同意推荐。", "同意推荐。")
OBJECTION = "他参加巡逻的次数好像没有公示里写的那么多，请核实一下。"
OBJECTION_ANSWER = "已调取签到和居民评价核对，次数属实，维持名单。感谢您的监督。"
OBJECTION_OPEN = "想了解评选的时候有没有问过楼栋的居民代表。"
