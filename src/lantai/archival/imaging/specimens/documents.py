"""The kinds of page there are: each sets one sheet and says where its seal belongs and whose it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lantai.archival.imaging.specimens.inventing import Inventor
from lantai.archival.imaging.specimens.model import Kind
from lantai.archival.imaging.specimens.sheets import HEIGHT, WIDTH, CellText, Sheet, Style

RED = (205, 20, 25)


@dataclass(frozen=True, slots=True)
class SetPage:
    """A sheet that is set; the middle of its seal and the name in it, none where it bears no seal."""

    sheet: Sheet
    seal_at: tuple[int, int] = (0, 0)
    seal_name: str = ""


def set_page(kind: Kind, words: Inventor) -> SetPage:
    """Set a page of a kind."""
    return _SETTERS[kind](words)


def _bold(size: int, ink: tuple[int, int, int] = (18, 18, 20)) -> Style:
    return Style("song-bold", size, ink)


def _signed(sheet: Sheet, name: str, day: str) -> tuple[int, int]:
    """Office and date at the foot of the text; where the seal goes, over both."""
    style = Style(sheet.body, 66)
    left, _top, right, bottom = sheet.right(name, style)
    sheet.right(day, style)
    return (left + right) // 2, bottom


def _decision(words: Inventor) -> SetPage:
    sheet = Sheet(words.chance.choice(("song", "song", "hei")))
    place = words.region()
    office, item = place.district + words.one("offices"), words.one("items")
    sheet.centred(office, _bold(84))
    sheet.centred("准予行政许可决定书", _bold(104), gap=70)
    sheet.right(words.number_of_document(), Style("song", 58))
    for text in (
        f"申请人：{words.company()}",
        f"统一社会信用代码：{words.credit_code()}",
        f"法定代表人：{words.person()}",
        f"住所：{words.address()}",
    ):
        sheet.paragraph(text, indent=0)
    sheet.paragraph(
        f"你单位于{words.day()}向本机关提出{item}申请，本机关于{words.day()}受理。{words.one('verdicts')}"
        f"根据{words.one('laws')}、{words.one('laws')}的规定，本机关决定准予你单位{item}。"
    )
    sheet.paragraph(words.one("sentences"))
    for text in words.several("duties", 2):
        sheet.paragraph(text)
    sheet.y += 120
    at = _signed(sheet, office, words.day())
    return SetPage(sheet, at, place.city + office if len(office) < 9 else office)


def _form(words: Inventor) -> SetPage:
    chance, item, company = words.chance, words.one("items"), words.company()
    sheet = Sheet(chance.choice(("song", "hei")))
    sheet.centred(f"{item}申请表", _bold(92))
    number = f"受理编号：{chance.randint(2008, 2024)}{chance.randint(100000, 999999)}"
    sheet.line(300, sheet.y, number, Style(sheet.body, 50))
    sheet.line(1600, sheet.y, f"申请日期：{words.day()}", Style(sheet.body, 50))
    sheet.y += 90

    def wide(text: str) -> CellText:
        return text, 3, 1

    change = chance.choice(("（新办）", "（延续）", "（变更）"))
    rows: list[list[str | CellText | None]] = [
        ["申请单位", wide(company), None, None],
        ["统一社会信用代码", words.credit_code(), "注册资本", f"{chance.randint(50, 5000)}万元"],
        ["法定代表人", words.person(), "身份证号码", words.identity_number()],
        ["联系人", words.person(), "联系电话", words.telephone()],
        ["经营地址", wide(words.address()), None, None],
        ["经营面积", f"{chance.randint(30, 2000)}平方米", "从业人数", f"{chance.randint(3, 300)}人"],
        ["申请事项", wide(item + change), None, None],
        ["经营范围", wide(words.one("sentences")[:60]), None, None],
        [("申请材料", 1, 3), "营业执照复印件", "1份", "已提交"],
        [None, "法定代表人身份证明", "1份", "已提交"],
        [None, "场所平面布局图", "2份", "已提交"],
        ["承诺事项", wide("申请人应当对其申请材料实质内容的真实性负责。" + words.one("sentences")[:50]), None, None],
        ["审查意见", wide(words.one("verdicts")), None, None],
    ]
    heights = [130] * 4 + [150, 130, 130, 300] + [120] * 3 + [300, 360]
    table = sheet.table(rows, [400, 620, 400, 460], heights)
    sheet.right(f"申请人（签章）：{words.person()}", Style(sheet.body, 54))
    sheet.right(words.day(), Style(sheet.body, 54))
    return SetPage(sheet, (1500, table.cells[-1].box[1] + 150), company)


def _receipt(words: Inventor) -> SetPage:
    chance, place = words.chance, words.region()
    office = place.district + words.one("offices")
    sheet = Sheet(chance.choice(("song", "hei")))
    sheet.centred(office, _bold(80))
    sheet.centred(chance.choice(("行政许可申请受理通知书", "材料接收凭证", "送达回证")), _bold(100), gap=60)
    sheet.right(words.number_of_document(), Style("song", 58))
    sheet.paragraph(f"{words.company()}：", indent=0)
    sheet.paragraph(
        f"你单位于{words.day()}提交的关于{words.one('items')}的申请材料收悉。经审查，申请材料齐全，符合法定形式，"
        f"根据{words.one('laws')}的规定，决定予以受理。接收材料清单如下："
    )
    rows: list[list[str | CellText | None]] = [["序号", "材料名称", "份数", "原件/复印件"]]
    for number, name in enumerate(words.several("handed_in", 5), 1):
        rows.append([str(number), name, str(chance.randint(1, 3)), chance.choice(("原件", "复印件"))])
    sheet.table(rows, [200, 950, 250, 480], [110] * 6)
    line = f"0531-{chance.randint(80000000, 89999999)}"
    sheet.paragraph(f"承诺办结时限：{chance.randint(3, 20)}个工作日。查询电话：{line}。")
    sheet.paragraph(f"经办人：{words.person()}    联系电话：{words.telephone()}", indent=0)
    sheet.paragraph(words.one("sentences"))
    sheet.y += 100
    return SetPage(sheet, _signed(sheet, office, words.day()), office)


def _permit(words: Inventor) -> SetPage:
    chance, place, item = words.chance, words.region(), words.one("items")
    office = place.city + place.district + words.one("offices")
    sheet = Sheet(chance.choice(("song", "hei")), top=420)
    sheet.pen.rectangle((150, 150, WIDTH - 150, HEIGHT - 150), outline=(150, 90, 20), width=16)
    sheet.pen.rectangle((190, 190, WIDTH - 190, HEIGHT - 190), outline=(170, 120, 40), width=5)
    sheet.centred(item.replace("许可", "") + "许可证", _bold(min(150, 1900 // (len(item) + 1)), (160, 20, 20)), gap=120)
    trade = chance.choice(("餐饮服务经营者", "食品销售经营者", "单位食堂", "综合门诊部"))
    fields = {
        "编号": chance.choice(("JY", "XK", "GH")) + str(chance.randint(10**13, 10**14 - 1)),
        "单位名称": words.company(),
        "统一社会信用代码": words.credit_code(),
        "法定代表人（负责人）": words.person(),
        "住所": words.address(),
        "经营场所": words.address(),
        "主体业态": trade,
        "许可范围": words.one("sentences")[:56],
        "有效期限": f"自{words.day()}至{words.day()}",
    }
    for name, value in fields.items():
        sheet.paragraph(f"{name}：{value}", size=72, indent=0, left=360, right=360, gap=66)
    sheet.y = max(sheet.y, 2700)
    sheet.paragraph(f"发证机关：{office}", size=72, indent=0, left=1000, right=300)
    sheet.paragraph(f"发证日期：{words.day()}", size=72, indent=0, left=1000)
    return SetPage(sheet, (1750, sheet.y - 120), office)


def _redhead(words: Inventor) -> SetPage:
    place, chance = words.region(), words.chance
    office = f"{place.city}{place.district}人民政府办公室"
    sheet = Sheet(chance.choice(("song", "hei")), top=420)
    sheet.centred(f"{office}文件", _bold(min(190, 1900 // (len(office) + 2)), RED), gap=110)
    sheet.centred(words.number_of_document(), Style("song", 64), gap=30)
    sheet.pen.line((300, sheet.y, WIDTH - 300, sheet.y), fill=RED, width=9)
    sheet.y += 110
    sheet.centred(office, _bold(84), gap=26)
    sheet.centred(words.one("titles"), _bold(84), gap=80)
    sheet.paragraph(words.one("forewords"), indent=0)
    first, *rest = words.several("sentences", 4)
    sheet.paragraph(first)
    for mark, text in zip("一二三", rest, strict=True):
        sheet.paragraph(f"{mark}、{text}")
    sheet.paragraph("现将有关事项通知如下，请认真贯彻执行。")
    sheet.y += 90
    at = _signed(sheet, office, words.day())
    district = place.district
    sheet.paragraph(f"抄送：{district}委办公室，{district}人大常委会办公室，{district}政协办公室。", size=54, indent=0)
    return SetPage(sheet, at, f"{place.city}{district}人民政府")


def _columns(words: Inventor) -> SetPage:
    """A gazette: a title over two columns, the left one read first."""
    sheet = Sheet(words.chance.choice(("song", "hei")))
    sheet.centred(f"{words.region().city}政府公报", _bold(110), gap=100)
    top, texts = sheet.y, words.several("sentences", 12)
    for number in range(2):
        sheet.y = top
        for text in texts[6 * number : 6 * number + 6]:
            sheet.paragraph(text, size=54, left=200 + number * 1080, right=1280 - number * 1080, gap=34)
    return SetPage(sheet)


def _vertical(words: Inventor) -> SetPage:
    """An old letter: lines run downwards, the first at the right."""
    sheet = Sheet("song")
    style, x = Style("song", 76), WIDTH - 330
    for text in words.several("sentences", 4):
        kept = [each for each in text if each not in "，。、；：（）《》“”"]
        for start in range(0, len(kept), 30):
            sheet.column(x, 360, "".join(kept[start : start + 30]), style, gap=10)
            x -= 150
        x -= 30
    sheet.column(x, 1200, f"{words.person()}谨启", style, gap=10)
    return SetPage(sheet)


_SETTERS: dict[Kind, Callable[[Inventor], SetPage]] = {
    "decision": _decision,
    "form": _form,
    "receipt": _receipt,
    "permit": _permit,
    "redhead": _redhead,
    "columns": _columns,
    "vertical": _vertical,
}
