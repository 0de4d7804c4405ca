"""What the 86 columns mean, in both languages, after the documentation of the CoIL Challenge 2000."""

import pandas as pd

# Attributes of the postal code area: mostly deciles of the share of households (0 none … 9 all).
AREA = {
    "MOSTYPE": ("customer subtype (1-41)", "客户细分类型（1–41）"),
    "MAANTHUI": ("number of houses (1-10)", "房屋数量（1–10）"),
    "MGEMOMV": ("average household size (1-6)", "平均家庭人数（1–6）"),
    "MGEMLEEF": ("average age, 1 = 20-30 … 6 = 70-80", "平均年龄，1 为 20–30 岁 … 6 为 70–80 岁"),
    "MOSHOOFD": ("customer main type (1-10)", "客户主要类型（1–10）"),
    "MGODRK": ("Roman Catholic", "天主教"),
    "MGODPR": ("Protestant", "新教"),
    "MGODOV": ("other religion", "其他宗教"),
    "MGODGE": ("no religion", "无宗教"),
    "MRELGE": ("married", "已婚"),
    "MRELSA": ("living together", "同居"),
    "MRELOV": ("other relation", "其他关系"),
    "MFALLEEN": ("singles", "单身"),
    "MFGEKIND": ("household without children", "无子女家庭"),
    "MFWEKIND": ("household with children", "有子女家庭"),
    "MOPLHOOG": ("high education", "高等教育"),
    "MOPLMIDD": ("medium education", "中等教育"),
    "MOPLLAAG": ("low education", "初等教育"),
    "MBERHOOG": ("high status profession", "高地位职业"),
    "MBERZELF": ("entrepreneur", "自营业者"),
    "MBERBOER": ("farmer", "农民"),
    "MBERMIDD": ("middle management", "中层管理"),
    "MBERARBG": ("skilled labourers", "熟练工人"),
    "MBERARBO": ("unskilled labourers", "非熟练工人"),
    "MSKA": ("social class A", "社会阶层 A"),
    "MSKB1": ("social class B1", "社会阶层 B1"),
    "MSKB2": ("social class B2", "社会阶层 B2"),
    "MSKC": ("social class C", "社会阶层 C"),
    "MSKD": ("social class D", "社会阶层 D"),
    "MHHUUR": ("rented house", "租房"),
    "MHKOOP": ("home owners", "自有住房"),
    "MAUT1": ("one car", "一辆汽车"),
    "MAUT2": ("two cars", "两辆汽车"),
    "MAUT0": ("no car", "无汽车"),
    "MZFONDS": ("national health service", "公共医疗保险"),
    "MZPART": ("private health insurance", "私人医疗保险"),
    "MINKM30": ("income below 30,000", "收入低于 3 万"),
    "MINK3045": ("income 30,000-45,000", "收入 3–4.5 万"),
    "MINK4575": ("income 45,000-75,000", "收入 4.5–7.5 万"),
    "MINK7512": ("income 75,000-122,000", "收入 7.5–12.2 万"),
    "MINK123M": ("income above 123,000", "收入高于 12.3 万"),
    "MINKGEM": ("average income", "平均收入"),
    "MKOOPKLA": ("purchasing power class (1-8)", "购买力等级（1–8）"),
}
# Policies of the household: P… is what it pays (class 0-9), A… how many it has.
POLICIES = {
    "WAPART": ("private third party insurance", "个人第三者责任险"),
    "WABEDR": ("third party insurance (firms)", "企业第三者责任险"),
    "WALAND": ("third party insurance (agriculture)", "农业第三者责任险"),
    "PERSAUT": ("car policies", "汽车险"),
    "BESAUT": ("delivery van policies", "货车险"),
    "MOTSCO": ("motorcycle and scooter policies", "摩托车险"),
    "VRAAUT": ("lorry policies", "卡车险"),
    "AANHANG": ("trailer policies", "拖车险"),
    "TRACTOR": ("tractor policies", "拖拉机险"),
    "WERKT": ("agricultural machines policies", "农机险"),
    "BROM": ("moped policies", "轻便摩托险"),
    "LEVEN": ("life insurances", "人寿险"),
    "PERSONG": ("private accident insurance", "个人意外险"),
    "GEZONG": ("family accident insurance", "家庭意外险"),
    "WAOREG": ("disability insurance", "残疾险"),
    "BRAND": ("fire policies", "火灾险"),
    "ZEILPL": ("surfboard policies", "冲浪板险"),
    "PLEZIER": ("boat policies", "船艇险"),
    "FIETS": ("bicycle policies", "自行车险"),
    "INBOED": ("property insurance", "财产险"),
    "BYSTAND": ("social security insurance", "社会保障险"),
}


def describe(columns: list[str]) -> pd.DataFrame:
    rows = []
    for column in columns:
        if column == "label":
            rows.append(
                (column, "target", "1 if the household bought a caravan policy", "是否购买房车保险，1 为是")
            )
        elif column in AREA:
            rows.append((column, "area", *AREA[column]))
        else:
            english, chinese = POLICIES[column[1:]]
            is_paid = column[0] == "P"
            about = ("contribution to ", "保费等级：") if is_paid else ("number of ", "保单数量：")
            rows.append(
                (column, "contribution" if is_paid else "policies", about[0] + english, about[1] + chinese)
            )
    return pd.DataFrame(rows, columns=["column", "group", "en", "zh"])
