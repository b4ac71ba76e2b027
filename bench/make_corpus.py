"""Case records for the benches of search: as many as asked for, made by seed, streamed, every one distinct.

Names, items, bodies, places, dates, abstracts and one full text in twenty, with the skew of real files: counties,
items and firms by Zipf's law, words of running text too, and a long tail of names and coined words that stand in few
records. Records come in the order in which cases were closed, as an archive takes them in, with one in fifty from
older holdings. A record depends on the seed and its number alone, so that any stretch can be made again.

    bench/make_corpus.py --records 1000 > corpus.jsonl
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import cache
from itertools import accumulate
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.packages import GIVEN, SURNAMES

SEED, CHUNK = 20261122, 1_000
FIRST_DAY, LAST_DAY = date(2012, 1, 1), date(2026, 6, 30)
OLDEST = date(1949, 10, 1)
COUNTIES = (
    "上城区 拱墅区 西湖区 滨江区 萧山区 余杭区 临平区 钱塘区 富阳区 临安区 桐庐县 淳安县 建德市 海曙区 江北区 "
    "北仑区 镇海区 鄞州区 奉化区 余姚市 慈溪市 宁海县 象山县 鹿城区 龙湾区 瓯海区 洞头区 瑞安市 乐清市 龙港市 "
    "永嘉县 平阳县 苍南县 文成县 泰顺县 吴兴区 南浔区 德清县 长兴县 安吉县 南湖区 秀洲区 嘉善县 海盐县 海宁市 "
    "平湖市 桐乡市 越城区 柯桥区 上虞区 新昌县 诸暨市 嵊州市 婺城区 金东区 兰溪市 义乌市 东阳市 永康市 武义县 "
    "浦江县 磐安县 柯城区 衢江区 江山市 常山县 开化县 龙游县 定海区 普陀区 岱山县 嵊泗县 椒江区 黄岩区 路桥区 "
    "温岭市 临海市 玉环市 三门县 天台县 仙居县 莲都区 龙泉市 青田县 缙云县 遂昌县 松阳县 云和县 庆元县 景宁县"
).split()
DEPARTMENTS = (
    "市场监督管理局 自然资源和规划局 住房和城乡建设局 交通运输局 人力资源和社会保障局 卫生健康局 民政局 "
    "生态环境局 农业农村局 公安局 水利局 教育局 文化和广电旅游体育局 应急管理局 综合行政执法局 发展和改革局 "
    "经济和信息化局 医疗保障局"
).split()
SUBJECTS = (
    "食品经营 小餐饮店 食品小作坊 公共场所卫生 药品零售 医疗器械经营 道路货物运输 道路旅客运输 机动车维修 "
    "出租汽车 建设工程规划 建设用地规划 建筑工程施工 宅基地建房 城镇燃气经营 排水管网接入 户外广告设置 "
    "占用城市道路 取水 河道管理范围内建设 水土保持方案 排污 危险废物经营 环境影响评价 林木采伐 农药经营 "
    "种子生产 动物防疫条件 渔业捕捞 民办学校 校外培训 劳务派遣 人力资源服务 特种设备使用 计量标准 检验检测机构 "
    "个体工商户 企业设立 股权出质 不动产 抵押权 结婚 收养 社会团体 民办非企业单位 殡葬设施 养老机构 残疾人补贴 "
    "最低生活保障 临时救助 医疗保险参保 异地就医 生育津贴 工伤认定 失业保险金 养老金 灵活就业 户口迁移 "
    "出入境证件 烟花爆竹 危险化学品 娱乐场所 营业性演出 出版物经营 文物保护 导游证 旅行社 体育场馆 投资项目 "
    "节能审查 电力设施 通信管线"
).split()
ACTS = "许可 登记 备案 变更 注销 延续 核准 审批 认定 给付 补办 年检".split()
RESULTS = ("准予", "不予", "退回补正", "办结", "终止")
TRADES = (
    "餐饮管理 商贸 建筑工程 物业服务 环保科技 机械制造 大药房 物流 教育咨询 农业发展 信息技术 食品 纺织 "
    "汽车服务 民宿 茶业 水产 电子商务 塑料制品 五金 家具 医疗器械 装饰 旅游 广告 园林"
).split()
FORMS = ("有限公司", "有限责任公司", "股份有限公司", "经营部", "合作社", "工作室", "店", "厂")
PHRASES = (
    "经审查申请材料齐全 符合法定形式 现场核查合格 依法准予 予以受理 一次性告知补正 承诺时限内办结 "
    "经营场所符合卫生条件 消防验收合格 法定代表人变更 有效期届满 依法公示无异议 委托代理人领取 送达回证已签收 "
    "听证程序 专家评审通过 容缺受理 告知承诺制 事中事后监管 数据共享核验 电子证照生成 收费减免 实地勘验记录 "
    "逾期未补正 申请人撤回 依据行政许可法 依据浙江省条例 首问负责 联合审批 并联办理 登记机关盖章 档案移交 "
    "材料原件退还 权利义务告知 复议诉讼期限 科室初审 分管领导审定 集体讨论决定 上级批复 整改复查 抽样检验 "
    "地籍调查 权属来源清楚 四至界址 面积核定 邻里协商一致 村民代表会议 环保设施同步 污水处理 油烟排放达标 "
    "噪声控制"
).split()
COMMON = (
    "安平福和顺兴盛隆昌达通利泰丰源永恒正中华东方新天龙凤金银玉海江河湖山林木火土石云雨风雪春夏秋冬梅兰竹菊松柏杨柳桃李杏花草果"
    "稻麦茶桑棉麻牛羊马鱼虾蟹鸟燕鹰虎象鹿家园庭院楼台亭阁桥路街巷村庄镇乡城市县州府学校书画诗词歌舞琴棋工农商医药食衣住行车船飞"
    "机电光声热冷高低大小长短宽窄厚薄轻重快慢远近前后左右上下内外红黄蓝绿青紫黑白明亮清净美丽善良真诚信义仁德智勇勤俭恭敬礼乐康宁"
)
NATURE = "上下前后东西南北大小新老龙凤石泉溪塘坑坞岭湾桥墩头山"
_PLACES_PER_COUNTY, _BRANDS, _COINED = 24, 60_000, 40_000


@dataclass(frozen=True, slots=True)
class Case:
    """One case record: what the catalogue keeps of it and its full text (one in twenty has one)."""

    number: int
    record_code: str
    archive_code: str
    fonds_code: str
    category_code: str
    class_code: str
    year: int
    retention: str
    title: str
    creator: str
    formed_on: date
    organisation_id: int
    item_code: str
    item_name: str
    case_number: str
    document_number: str
    applicant: str
    address: str
    abstract: str
    body: str
    result: str
    open_state: str
    secrecy: int
    sharing: str
    personal: bool


@dataclass(frozen=True, slots=True)
class Zipf:
    """Values drawn by Zipf's law: the r-th is drawn in proportion to 1 / (r + shift) ** power."""

    values: Sequence[str]
    sums: tuple[float, ...]

    @classmethod
    def of(cls, values: Sequence[str], *, power: float = 1.0, shift: float = 2.0) -> Zipf:
        """The law over *values*, the commonest first."""
        return cls(values, tuple(accumulate(1 / (rank + shift) ** power for rank in range(1, len(values) + 1))))

    def at(self, chance: random.Random) -> int:
        """The place of one value drawn."""
        return bisect_left(self.sums, chance.random() * self.sums[-1])

    def draw(self, chance: random.Random) -> str:
        """One value."""
        return self.values[self.at(chance)]


@dataclass(frozen=True, slots=True)
class World:
    """What all records draw from: made once from the seed."""

    counties: Zipf
    items: Zipf
    item_codes: dict[str, str]
    brands: Zipf
    coined: Zipf
    phrases: Zipf
    surnames: Zipf
    villages: dict[str, Zipf]


@cache
def world(seed: int = SEED) -> World:
    """The places, items, firms and words of one seed."""
    chance = random.Random(seed)
    counties, items = list(COUNTIES), [f"{subject}{act}" for subject in SUBJECTS for act in ACTS]
    chance.shuffle(counties)
    chance.shuffle(items)
    brands = _distinct(chance, _BRANDS, (2, 2, 3, 3, 4))
    coined = _distinct(chance, _COINED, (2, 2, 2, 3))
    villages = {}
    for county in counties:
        names = [
            "".join(chance.choices(NATURE, k=2)) + chance.choice(("村", "社区", "镇", "街道"))
            for _each in range(_PLACES_PER_COUNTY)
        ]
        villages[county] = Zipf.of(list(dict.fromkeys(["城关镇", *names])))
    return World(
        counties=Zipf.of(counties, power=0.7),
        items=Zipf.of(items, power=0.9),
        item_codes={name: f"33{at:08}" for at, name in enumerate(items)},
        brands=Zipf.of(brands, power=0.8),
        coined=Zipf.of(coined, power=1.0, shift=20),
        phrases=Zipf.of(PHRASES, power=0.6),
        surnames=Zipf.of(list(SURNAMES), power=0.8),
        villages=villages,
    )


def make_corpus(*, records: int, first: int = 0, of: int | None = None, seed: int = SEED) -> Iterator[Case]:
    """The cases numbered *first* to *first* + *records*, of a corpus of *of* (all of these unless said): its size
    decides how close in time two neighbours lie.
    """
    whole = of or first + records
    drawn = world(seed)
    for chunk in range(first // CHUNK, (first + records + CHUNK - 1) // CHUNK):
        chance = random.Random(f"{seed}/{chunk}")
        for number in range(chunk * CHUNK, (chunk + 1) * CHUNK):
            case = _case(chance, drawn, number, whole)
            if first <= number < first + records:
                yield case


def _case(chance: random.Random, drawn: World, number: int, whole: int) -> Case:
    county = drawn.counties.draw(chance)
    at = drawn.items.at(chance)
    item = drawn.items.values[at]
    department = at % len(DEPARTMENTS)
    body_name = f"{county}{DEPARTMENTS[department]}"
    organisation = COUNTIES.index(county) * len(DEPARTMENTS) + department + 1
    day = _day(chance, number, whole)
    person = chance.random() < 0.62
    name = _person(chance, drawn) if person else _firm(chance, drawn, county)
    village = drawn.villages[county].draw(chance)
    address = f"浙江省{county}{village}{drawn.coined.draw(chance)}路{chance.randint(1, 999)}号"
    if chance.random() < 0.4:
        address += f"{chance.randint(1, 30)}幢{chance.randint(101, 2905)}室"
    result = RESULTS[min(4, int(chance.expovariate(1.6)))]
    act = chance.choice(("申请书", "批复", "决定书", "办理材料", "登记材料"))
    title = f"{county}{village}{name if chance.random() < 0.7 else _person(chance, drawn)}{item}{act}"
    document = f"{county[:1]}{DEPARTMENTS[department][:2]}许〔{day.year}〕{number % 99_991 + 1}号"
    abstract = _sentences(chance, drawn, 6, f"{name}于{day.year}年{day.month}月{day.day}日申请{item}，")
    text = _sentences(chance, drawn, 110, f"{title}。{address}。") if chance.random() < 0.05 else ""
    retention = chance.choices(("Y", "D30", "D10"), (2, 5, 3))[0]
    category, group = ("ZY", "XK") if at % 4 else ("WS", "BA")
    fonds = f"J{organisation:04}"
    return Case(
        number=number,
        record_code=f"B{number:026d}",
        archive_code=f"{fonds}-{category}·{group}·{day.year}·{retention}-{number:08d}",
        fonds_code=fonds,
        category_code=category,
        class_code=group,
        year=day.year,
        retention=retention,
        title=title,
        creator=body_name,
        formed_on=day,
        organisation_id=organisation,
        item_code=drawn.item_codes[item],
        item_name=item,
        case_number=f"{330100 + organisation}{day:%y%m%d}{number:08d}",
        document_number=document,
        applicant=name,
        address=address,
        abstract=abstract,
        body=text,
        result=result,
        open_state=chance.choices(("unreviewed", "open", "controlled", "deferred"), (60, 25, 12, 3))[0],
        secrecy=int(chance.random() < 0.04),
        sharing=chance.choices(("01", "02", "03"), (3, 5, 2))[0],
        personal=person,
    )


def _day(chance: random.Random, number: int, whole: int) -> date:
    """The day a case was closed: on with the numbers, ever more a year, two months about; one in fifty far older."""
    if chance.random() < 0.02:
        return OLDEST + timedelta(days=chance.randrange((FIRST_DAY - OLDEST).days))
    span = (LAST_DAY - FIRST_DAY).days
    near = int(span * (number / max(1, whole)) ** 0.6) + chance.randrange(-30, 31)
    return FIRST_DAY + timedelta(days=min(span, max(0, near)))


def _person(chance: random.Random, drawn: World) -> str:
    return drawn.surnames.draw(chance) + "".join(chance.choices(GIVEN, k=1 if chance.random() < 0.25 else 2))


def _firm(chance: random.Random, drawn: World, county: str) -> str:
    return f"{county[:2]}{drawn.brands.draw(chance)}{chance.choice(TRADES)}{chance.choice(FORMS)}"


def _sentences(chance: random.Random, drawn: World, pieces: int, begun: str) -> str:
    """Running text: fixed phrases, coined words of the long tail, a name now and then."""
    told = [begun]
    for _piece in range(chance.randint(pieces * 2 // 3, pieces * 4 // 3)):
        kind = chance.random()
        if kind < 0.6:
            told.append(drawn.phrases.draw(chance))
        elif kind < 0.9:
            told.append(f"{drawn.coined.draw(chance)}{drawn.phrases.draw(chance)[:4]}")
        else:
            told.append(f"经办人{_person(chance, drawn)}")
        told.append("，" if chance.random() < 0.7 else "。")
    return "".join(told)


def _distinct(chance: random.Random, count: int, lengths: Sequence[int]) -> list[str]:
    found: dict[str, None] = {}
    while len(found) < count:
        found["".join(chance.choices(COMMON, k=chance.choice(lengths)))] = None
    return list(found)


def main() -> int:
    """Write a corpus as JSON lines."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, required=True, help="how many")
    parser.add_argument("--first", type=int, default=0, help="the number of the first")
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    for case in make_corpus(records=options.records, first=options.first, seed=options.seed):
        print(json.dumps(asdict(case), ensure_ascii=False, default=str))
    return 0


if __name__ == "__main__":
    sys.exit(main())
