"""What the team's commands say, in English and Chinese. English is the key, as with gettext.

The server's own messages arrive in the language asked for; these are the client's few lines. A
catalogue of gettext would need the portal's tools on a machine that has only the base install.
"""

ZH: dict[str, str] = {
    "No hostile program has {word} in its name.": "没有名称含 {word} 的攻击程序。",
    "The attacks could not be run: {reason}": "无法运行攻击程序：{reason}",
    "Unknown sandbox {word}: docker or local.": "未知的沙箱 {word}：请用 docker 或 local。",
    "{n} hostile programs will be run against the sandbox {name}, two at a time. Together they may take "
    "2 cores, 6 GiB of memory and some minutes. Files with made-up secrets are laid out in your home and "
    "temporary folders meanwhile, and removed at the end. A sandbox that fails may harm this machine.": (
        "将对沙箱 {name} 运行 {n} 个攻击程序，每次两个。合计最多占用 2 个核心、6 GiB 内存，需要几分钟。"
        "其间会在主目录与临时目录放置虚构的机密文件，结束时删除。若沙箱失守，可能损害本机。"
    ),
    "not tried, as there is no GPU here": "本机没有 GPU，未尝试",
    "contained": "已拦住",
    "NOT contained": "未拦住",
    "not tried": "未能尝试",
    "It tries": "它企图",
    "{n} of {total} contained, {through} got through, {not_run} could not be tried ({took_s} s).": (
        "{total} 个中拦住 {n} 个，{through} 个得逞，{not_run} 个未能尝试（{took_s} 秒）。"
    ),
    "Token (made in the portal, under Settings): ": "令牌（在网站的“设置”里生成）：",
    "Signed in to {url} as {username}.": "已登录 {url}，账号 {username}。",
    "The token is kept in {path}, readable by you alone.": "令牌保存在 {path}，只有你可以读取。",
    "Signed out. The token itself stays valid until it is revoked in the portal.": (
        "已退出。令牌本身仍然有效，直到在网站上撤销。"
    ),
    "There was no token to forget.": "没有保存过令牌。",
    "No token. Make one in the portal under Settings, then run: judge login --url {url}": (
        "没有令牌。请在网站的“设置”里生成，然后运行：judge login --url {url}"
    ),
    "The token was refused: {reason}": "令牌被拒绝：{reason}",
    "Refused: {reason}": "被拒绝：{reason}",
    "The judge cannot be reached: {reason}": "无法连接评测服务：{reason}",
    "No problems yet.": "还没有题目。",
    "Problem": "题目",
    "Name": "名称",
    "Kind": "类型",
    "Formats": "格式",
    "Metric": "指标",
    "Largest": "大小上限",
    "Version": "版本",
    "Files": "文件",
    "Submit with: judge submit FILE --problem {slug}": "提交：judge submit FILE --problem {slug}",
    "Fetched {path}": "已下载 {path}",
    "{name} has {size_mib:.1f} MiB; {problem} takes at most {max_mib:g} MiB.": (
        "{name} 有 {size_mib:.1f} MiB；{problem} 最多接受 {max_mib:g} MiB。"
    ),
    "{path} is empty.": "{path} 是空文件。",
    "uploading": "上传中",
    "queued": "排队中",
    "preparing": "准备中",
    "running": "运行中",
    "scoring": "评分中",
    "done": "已完成",
    "cancelled": "已取消",
    "Submission {id}": "提交 {id}",
    "Submission": "提交",
    "Number": "编号",
    "Contest": "比赛",
    "Judged": "已评测",
    "Changed": "有变化",
    "Reason": "原因",
    "Selected": "选中",
    "Left out": "排除",
    "Private score": "私有分数",
    "Selected: {n}": "选中：{n}",
    "Judged: {n} of {total}": "已评测：{n} / {total}",
    "overall": "总榜",
    "Places that change: {n}": "名次变化：{n}",
    "Changed: {n}": "有变化：{n}",
    "Rejudging {id}": "重测 {id}",
    "Old result × new result": "原结果 × 新结果",
    "{n} results change. Apply rejudging {id}?": "有 {n} 个结果会改变。采用重测 {id} 的结果？",
    "Discard rejudging {id}?": "放弃重测 {id}？",
    "open": "待决定",
    "applied": "已采用",
    "discarded": "已放弃",
    "unfinished": "尚未评测完",
    "format": "该版本不接受其格式",
    "n_unfinished": "未结束",
    "n_failed": "以评测系统错误结束",
    "n_overtaken": "在此期间已另行重新评测",
    "n_applied": "已采用",
    "n_cancelled": "已取消",
    "Left today: {left}": "今天还可提交：{left} 次",
    "Still being judged. See it with: judge status {id}": "仍在评测。查看：judge status {id}",
    "Accepted": "通过",
    "Wrong answer": "未通过",
    "Output refused (format)": "输出格式错误",
    "Does not compile": "编译错误",
    "Crashed": "运行错误",
    "Time limit exceeded": "超出时间限制",
    "Memory limit exceeded": "超出内存限制",
    "Output limit exceeded": "超出输出限制",
    "Security violation": "违反安全规则",
    "Judge error: ours, not yours; it does not count": "评测系统错误：不是你的问题，不计次数",
    "score": "分数",
    "Score {score} is worse than the {wanted} asked for.": "分数 {score} 未达到要求的 {wanted}。",
    "This sandbox is weaker than promised: {weaknesses}": "本次使用的沙箱弱于承诺：{weaknesses}",
    "Case": "测试",
    "Verdict": "结果",
    "Score": "分数",
    "Subtask": "子任务",
    "Passed": "通过",
    "Points": "得分",
    "… and {n} more; --json has all.": "……另有 {n} 行；用 --json 查看全部。",
    "Picture {name}: {title}. Fetch it with: judge status {id} --plots FOLDER": (
        "图片 {name}：{title}。下载：judge status {id} --plots 文件夹"
    ),
    "Note": "说明",
    "Split": "数据",
    "Value": "数值",
    "No submissions yet.": "还没有提交。",
    "When (UTC)": "时间 (UTC)",
    "State": "状态",
    "File": "文件",
    "Rank": "名次",
    "Team": "队伍",
    "Tries": "次数",
    "Total": "总分",
    "Penalty": "罚时",
    "Final submissions chosen: {n} of {limit}": "已选最终提交：{n} / {limit}",
    "Nobody is ranked yet.": "还没有人上榜。",
    "You have no team called {team}.": "你没有叫“{team}”的队伍。",
    "Teams: {n}": "共 {n} 支队伍",
    "final": "最终",
    "Submission {id} is cancelled.": "已取消提交 {id}。",
    "Not valid: {reason}": "无效：{reason}",
    "{path} cannot be read: {reason}": "无法读取 {path}：{reason}",
    "Valid: signed by this judge with key {key_id}, and not changed since.": (
        "有效：由本评测系统以密钥 {key_id} 签名，此后未被改动。"
    ),
    "This is not a receipt: {reason}.": "这不是回执：{reason}。",
    "This receipt is signed with a key that is not the judge's: {key_id}.": (
        "这份回执的签名密钥不属于本评测系统：{key_id}。"
    ),
    "This receipt was changed after it was signed: its signature does not fit.": (
        "这份回执在签名之后被改动过：签名不符。"
    ),
    "The scores of the split {split} are not those that were signed.": "{split} 部分的分数与签名时不一致。",
    "Judged at": "评测时间",
    "Sandbox": "沙箱",
    "Image": "镜像",
    "sealed": "已封存，公布后可见",
}


def translated(text: str, language: str) -> str:
    """Return a line in a language, in English when there is none in it."""
    return ZH.get(text, text) if language == "zh" else text
