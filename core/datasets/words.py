"""What keys are called on papers. The papers are the country's, so these words are not translated, whoever asks for them."""
from __future__ import annotations

SEXES = {"male": "男", "female": "女"}
CATEGORIES = {"full": "正式党员", "probationary": "预备党员"}
BASES = {"residence": "居住地", "workplace": "工作地"}
CHANNELS = {"officer": "社区代办", "phone": "手机", "paper": "纸质"}
REPORT_STATES = {"submitted": "待确认", "confirmed": "已确认"}
RECORD_STATES = {"verified": "待评价", "counted": "已评价"}
HOURS_SOURCES = {"system": "系统记录", "reported": "本人填写", "officer": "经办人录入"}
WAIVED = "免评价"
CLAIM_STATES = {"held": "进行中", "waiting": "候补", "done": "已办结", "released": "已退出", "lapsed": "随事项关闭"}
RECIPIENTS = {"person": "个人", "household": "家庭", "public": "公共区域"}
GROUPS = {"needy": "生活困难党员群众", "elderly": "空巢老人", "disabled": "残障人士", "children": "留守儿童", "laid_off": "下岗工人",
          "migrant": "外来务工人员及随迁子女"}
UNIT_TYPES = {"government": "机关", "soe": "国有企业", "university": "高等院校", "institution": "其他事业单位", "enterprise": "非公有制经济组织",
              "social": "社会组织", "other": "其他"}
KINDS = {"committee": "市（州）", "county": "县（市、区）", "street": "街道（乡镇）", "community": "社区", "sector": "行业系统", "unit": "单位"}
