"""The witness's page: what it holds of every log, and the evidence against those that forked. One file, no script."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from html import escape

from lantai.archival import tlog
from lantai.site.witness.state import Evidence, Held, WitnessState

_BEIJING = timezone(timedelta(hours=8))
_FORKED = "{count} 个账本自相矛盾。 {count} ledger(s) contradict themselves."
_BOTH = (
    "下列成对的检查点由同一账本的密钥签署，却不能同时为真；后一个没有得到见证。"
    " Each pair below was signed by one ledger and cannot both be true; the second was not cosigned."
)
_COSIGNED, _SHOWN = "见证过的 What we cosigned", "后来出示的 What it showed then"
_HEADINGS = "<th>条目 Entries</th><th>树根 Root</th>"
_CHECK = "两份都由该账本的密钥签署，可用下列公钥核对。 Both bear the signature of the ledger's own key; check it with"
_PENDING = "有账本出示的检查点未能证明延续。 A ledger showed a checkpoint that was not shown to continue the last."
_STYLE = (
    "body{font:16px/1.6 system-ui,'Noto Sans SC',sans-serif;margin:0 auto;max-width:60rem;padding:1rem;color:#1c2733}"
    "h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}.wide{overflow-x:auto}"
    "table{border-collapse:collapse;width:100%}th,td{border-bottom:1px solid #cfd6dd;padding:.4rem .6rem .4rem 0;"
    "text-align:left;vertical-align:top}code,pre{font-family:ui-monospace,monospace;font-size:.85rem;"
    "overflow-wrap:anywhere}pre{background:#f3f5f7;padding:.6rem;overflow-x:auto;white-space:pre-wrap}"
    ".warn{border-left:4px solid #8a5a00;background:#fff4dc;padding:.6rem 1rem;margin:1rem 0}"
    ".bad{border-left:4px solid #b3261e;background:#fdecea;padding:.6rem 1rem;margin:1rem 0}"
    ".ok{border-left:4px solid #1b7f4d;background:#e8f5ee;padding:.6rem 1rem}"
)


def written_page(state: WitnessState) -> str:
    """The page in Chinese and English."""
    held, evidence, trusted = state.held(), state.evidence(), state.trusted_origins()
    last = {each.origin: each.time for each in held}
    forked = {each.origin for each in evidence if each.kind == "fork"}
    pending = {each.origin for each in evidence if each.time >= last[each.origin]} - forked
    verdict = '<p class="ok">所有见证的账本都只增不改。 Every ledger witnessed here has only grown.</p>'
    if pending:
        verdict = f'<p class="warn"><strong>{_PENDING}</strong></p>'
    if forked:
        verdict = f'<p class="bad"><strong>{_FORKED.format(count=len(forked))}</strong><br>{_BOTH}</p>'
    rows = "".join(_row(each, each.origin in trusted, each.origin in forked, each.origin in pending) for each in held)
    told = "".join(_evidence(each, state.keys_of(each.origin)) for each in evidence)
    keys = "".join(f"<p><code>{escape(each.verifier().vkey())}</code></p>" for each in state.signers)
    return (
        '<!doctype html><html lang="zh-Hans"><head><meta charset="utf-8"><meta name="viewport" '
        f'content="width=device-width,initial-scale=1"><title>见证服务 Witness {escape(state.name)}</title>'
        f"<style>{_STYLE}</style></head><body><main>"
        f"<h1>见证服务 Witness <code>{escape(state.name)}</code></h1>{verdict}"
        '<h2>见证的账本 Ledgers</h2><div class="wide"><table><thead><tr><th>账本 Ledger</th><th>条目 Entries</th>'
        "<th>最近见证 Last cosigned</th><th>状态 State</th></tr></thead>"
        f"<tbody>{rows or _nothing()}</tbody></table></div>{told}"
        f"<h2>公钥 Public keys</h2>{keys}</main></body></html>\n"
    )


def _nothing() -> str:
    return '<tr><td colspan="4">还没有：用 <code>lantai witness trust</code> 加入账本的公钥。 None yet.</td></tr>'


def _row(held: Held, trusted: bool, forked: bool, pending: bool) -> str:
    words = (
        "自相矛盾 contradicts itself" if forked else "未能证明延续 not shown to continue" if pending else "正常 sound"
    )
    if not trusted:
        words = "不再见证 no longer witnessed"
    elif not held.note:
        words = "等待第一个检查点 waiting for its first checkpoint"
    when = _moment(held.time) if held.note else "—"
    link = f'<a href="/{tlog.origin_hash(held.origin)}/checkpoint">{held.size:,}</a>' if held.note else "0"
    return f"<tr><td><code>{escape(held.origin)}</code></td><td>{link}</td><td>{when}</td><td>{words}</td></tr>"


def _evidence(found: Evidence, keys: Sequence[str]) -> str:
    parts = "".join(
        f'<h3>{words} <a href="/evidence/{found.id}/{side}" download="{side}-{found.id}.txt">下载 Download</a></h3>'
        f"<pre>{escape(note)}</pre>"
        for words, side, note in (
            (_COSIGNED, "held", found.held),
            (_SHOWN, "shown", found.shown),
        )
        if note
    )
    tone = "bad" if found.kind == "fork" else "warn"
    head = f"<h2>{escape(found.origin)}　{_moment(found.time)}</h2><p>{escape(found.reason)}</p>"
    rows = "".join(_told(words, note) for words, note in ((_COSIGNED, found.held), (_SHOWN, found.shown)) if note)
    table = f"<table><thead><tr><th></th>{_HEADINGS}</tr></thead><tbody>{rows}</tbody></table>"
    signed = "".join(f"<br><code>{escape(each)}</code>" for each in keys)
    check = f"<p>{_CHECK}{signed}</p>" if keys else ""
    return f'<section class="{tone}">{head}<div class="wide">{table}</div>{check}{parts}</section>'


def _told(words: str, note: str) -> str:
    """A row: how many entries, which root."""
    told = tlog.parse_checkpoint(tlog.parse_note(note).text)
    return f"<tr><th>{words}</th><td>{told.size:,}</td><td><code>{told.root.hex()}</code></td></tr>"


def _moment(time: int) -> str:
    return datetime.fromtimestamp(time, UTC).astimezone(_BEIJING).strftime("%Y-%m-%d %H:%M:%S")
