"""What members do in the demonstration, and what residents say of it."""
from __future__ import annotations

#: kind, title, place, minutes, kind of recipient, priority group, recipient
SERVICES = (
    ("政策宣传", "向居民讲解医保缴费新规定", "党员群众服务中心", 90, "public", None, None),
    ("治安巡逻", "参加小区夜间巡逻", "小区主干道", 120, "public", None, None),
    ("困难帮扶", "为独居老人采购米油并打扫房间", "居民家中", 150, "person", "elderly", "李婆婆"),
    ("困难帮扶", "帮助下岗居民修改求职简历", "就业服务窗口", 60, "person", "laid_off", "孙师傅"),
    ("文化娱乐", "组织邻里节书法活动", "文体活动室", 180, "public", None, None),
    ("文明创建", "清理楼道堆物和小广告", "3号楼", 120, "public", None, None),
    ("环境卫生", "垃圾分类投放点值守引导", "2号投放点", 90, "public", None, None),
    ("结对帮扶", "看望结对困难户并送去学习用品", "居民家中", 60, "household", "needy", "张家"),
    ("微心愿", "为留守儿童圆“一盏台灯”心愿", "居民家中", 60, "person", "children", "小宇"),
    ("微心愿", "为残障居民安装卫生间扶手", "居民家中", 120, "person", "disabled", "赵师傅"),
    ("健康义诊", "为老人测血压、讲解用药常识", "社区卫生服务站", 150, "person", "elderly", "陈爹爹"),
    ("法律援助", "解答外来务工人员劳动合同问题", "党员群众服务中心", 90, "person", "migrant", "周先生"),
    ("应急值守", "汛期排水口值守", "社区低洼路段", 240, "public", None, None),
    ("困难帮扶", "为邻居孩子辅导数学作业", "四点半课堂", 90, "person", "migrant", "乐乐家长"),
)
COMMENTS = ("很耐心，帮了大忙。", "准时到，做事细致。", "希望以后常来。", "讲得清楚，听得懂。", None, None, None, None)
RETURNED = ("时间与值守登记不符，请核对后重新提交。", "请补充服务地点。")
REASON_TEXTS = {"出差或外派": "驻外地项目部，预计下月返回。", "生病或休养": "住院治疗，出院后办理。", "借调或挂职": None,
                "居住地、工作地核实中": "刚搬家，正在核实住址。"}
