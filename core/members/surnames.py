"""Readings of surnames that a dictionary of single characters gets wrong, for core.members.names.

Gathered from public lists of surnames that are often misread. Where families differ the table takes one reading for all: 覃
qin (tan too), 郇 xun (huan too), 乐 yue (le too), 盖 ge (gai too), 牟 mou (mu in Shandong), 隗 kui (wei too), 翟 zhai (di too).
"""
from __future__ import annotations

SURNAMES: dict[str, str] = dict(pair.split(":") for pair in (
    "单:shan4 曾:zeng1 仇:qiu2 解:xie4 区:ou1 查:zha1 盖:ge3 朴:piao2 缪:miao4 牟:mou2 乜:nie4 逄:pang2 郇:xun2 亓:qi2 么:yao1 "
    "幺:yao1 任:ren2 华:hua4 覃:qin2 冼:xian3 洗:xian3 翟:zhai2 召:shao4 种:chong2 秘:bi4 佴:nai4 员:yun4 乐:yue4 纪:ji3 葛:ge3 "
    "应:ying1 燕:yan1 粘:nian2 撒:sa3 哈:ha3 折:she2 訾:zi1 繁:po2 能:nai4 阚:kan4 过:guo1 句:gou1 祭:zhai4 都:du1 曲:qu1 要:yao1 "
    "卜:bu3 那:na1 肖:xiao1 贲:ben1 藏:zang1 莘:shen1 薄:bo2 谌:chen2 观:guan4 冠:guan4 还:huan2 尉:wei4 俞:yu2 殷:yin1 甄:zhen1 "
    "尹:yin3 隗:kui2 宁:ning2 盛:sheng4 沈:shen3 石:shi2 叶:ye4 车:che1 柏:bai3 费:fei4 相:xiang4"
).split())

COMPOUND: dict[str, tuple[str, str]] = {name: (first, second) for name, first, second in (entry.split(":") for entry in (
    "尉迟:yu4:chi2 万俟:mo4:qi2 澹台:tan2:tai2 令狐:ling2:hu2 长孙:zhang3:sun1 欧阳:ou1:yang2 上官:shang4:guan1 司马:si1:ma3 "
    "司徒:si1:tu2 司空:si1:kong1 司寇:si1:kou4 诸葛:zhu1:ge3 夏侯:xia4:hou2 皇甫:huang2:fu3 公孙:gong1:sun1 公冶:gong1:ye3 "
    "公羊:gong1:yang2 东方:dong1:fang1 东郭:dong1:guo1 赫连:he4:lian2 端木:duan1:mu4 濮阳:pu2:yang2 淳于:chun2:yu2 "
    "太叔:tai4:shu1 申屠:shen1:tu2 轩辕:xuan1:yuan2 钟离:zhong1:li2 闾丘:lv2:qiu1 鲜于:xian1:yu2 闻人:wen2:ren2 "
    "南宫:nan2:gong1 百里:bai3:li3 呼延:hu1:yan2 独孤:du2:gu1 拓跋:tuo4:ba2 纳兰:na4:lan2 完颜:wan2:yan2 耶律:ye1:lv4 "
    "乐正:yue4:zheng4 第五:di4:wu3 亓官:qi2:guan1 宗政:zong1:zheng4 左丘:zuo3:qiu1 西门:xi1:men2 梁丘:liang2:qiu1 "
    "谷梁:gu3:liang2 巫马:wu1:ma3 漆雕:qi1:diao1 仲孙:zhong4:sun1 叔孙:shu1:sun1 慕容:mu4:rong2 宇文:yu3:wen2 "
    "濮陽:pu2:yang2 歐陽:ou1:yang2 諸葛:zhu1:ge3 尉遲:yu4:chi2 司馬:si1:ma3"
).split())}

GIVEN: dict[str, str] = {"晟": "sheng4", "长": "chang2", "重": "chong2", "为": "wei2", "卜": "bu3", "阚": "kan4", "翟": "zhai2"}
"""Characters whose usual reading in given names differs from the dictionary's first one."""
