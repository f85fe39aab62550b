#!/usr/bin/env python3
"""Compares whole commands of authopsy with the tools one would use instead, and prints a Markdown table.

    cargo build --release --locked
    cargo bench --bench all -- --generate 1000000000 target/dump.ndjson
    python3 benches/rivals.py --dump target/dump.ndjson

The second line writes a dump of 1 GB; 5000000000 and 20000000000 make the larger ones. The same number gives the same
bytes, a longer dump begins with a shorter one, and memory stays flat while it is written.

Tasks (--tasks takes their letters):

    a  rows that tell of an auth failure at the proxy, by status and service
    b  rows by minute and status
    c  the names of all fields, with the number of rows that have each
    d  the ten most frequent request paths
    e  one thread's rows by time
    t  the whole report (`triage`), with three choices of digest
    r  a redacted copy of the dump (`redact`)

Rivals are used when they are there, and named when they are not: DuckDB, polars and chDB as modules of the Python that
runs this script, ripgrep, jq, jaq and Miller on the PATH, VictoriaLogs from the server binary given with --vlogs.
`wc -l` is the yardstick for reading, `sha256sum` and `openssl dgst` are the ones for hashing.

How it is measured: all commands of a task run in turn, round after round, after one round that does not count. Times
are medians. A ratio is taken within its round, then the median of the rounds. Every answer of every round is compared
with ours first: a command that answers something else gets no time. Nobody's number of threads is set, except where it
says so. What takes a minute a gigabyte (jq, jaq, Miller) runs on a part from the middle of the dump, time multiplied.
The start of Python and the import of the engine are part of the time of DuckDB, polars and chDB.

Nothing else should run meanwhile, and the dump should fit into the page cache twice over. Scratch files (the part, the
redacted copy, the store of VictoriaLogs) go to a temporary directory; TMPDIR says where.
"""
import os
import sys
import time

# What the report of the child says about memory begins at the size of the process that forked it, on Linux. So the one
# that forks is split off before anything large is imported; see `Launcher`.

PYTHON_ENGINES = ("duckdb", "polars", "chdb")
POD = "centaur-api-proxy-"
WORDS = ("failed to fetch secret", "unauthorized", "forbidden", "auth", "oauth", "token", "secret")
STATUSES = ("401", "403", "503")
ANY_WORD = r"\b(" + "|".join(WORDS) + r")\b"
PART_BYTES = 50_000_000

# The fields that an answer's rows are made of, in order; no names for whole rows.
FIELDS = {
    "a": ("audit.status_code", "service", "rows"),
    "b": ("_time", "audit.status_code", "rows"),
    "c": ("name", "hits"),
    "d": ("audit.path", "hits"),
    "e": None,
}
# The columns that a reader with a schema has to be told of; all there are for the others.
COLUMNS = {
    "a": ("_msg", "kubernetes.pod_name", "audit.status_code", "service"),
    "b": ("_time", "audit.status_code"),
    "d": ("audit.path",),
}


def logsql(task, thread):
    """The task in LogsQL, for us and for the store."""
    import json

    words = " or ".join(f'"{w}"' if " " in w else w for w in WORDS)
    return {
        "a": f"kubernetes.pod_name:{POD}* ({words} or audit.status_code:in({','.join(STATUSES)}))"
        " | stats by (audit.status_code, service) count() rows",
        "b": "audit.status_code:* | stats by (_time:1m, audit.status_code) count() rows",
        "c": "* | field_names",
        "d": "audit.path:* | top 10 by (audit.path)",
        "e": f"thread_key:={json.dumps(thread, ensure_ascii=False)} | sort by (_time)",
    }[task]


# ---- the engines in Python: this script runs itself as `rivals.py --engine NAME TASK DUMP THREAD COLUMN...`


def sql(task, table, matches, starts, thread):
    """The task in the SQL that DuckDB and ClickHouse share. Text of time sorts by time once its `Z` is off."""
    statuses = ", ".join(f"'{s}'" for s in STATUSES)
    return {
        "a": f"""SELECT coalesce("audit.status_code", ''), service, count(*) FROM {table}
                 WHERE {starts}("kubernetes.pod_name", '{POD}')
                 AND ("audit.status_code" IN ({statuses}) OR {matches}) GROUP BY 1, 2""",
        "b": f"""SELECT substr(_time, 1, 16), "audit.status_code", count(*) FROM {table}
                 WHERE "audit.status_code" <> '' GROUP BY 1, 2""",
        "d": f"""SELECT "audit.path", count(*) FROM {table} WHERE "audit.path" <> ''
                 GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10""",
        "e": f"""SELECT * FROM {table} WHERE thread_key = {thread}
                 ORDER BY substr(_time, 1, length(_time) - 1)""",
    }[task]


def duckdb(task, dump, thread, columns):
    import duckdb as engine

    text = lambda value: "'" + value.replace("'", "''") + "'"
    if task == "c":
        query = f"SELECT unnest(json_keys(json)) AS name, count(*) FROM read_ndjson_objects({text(dump)}) GROUP BY 1"
    else:
        schema = ", ".join(f"{text(c)}: 'VARCHAR'" for c in columns)
        table = f"read_ndjson({text(dump)}, columns = {{{schema}}})"
        query = sql(task, table, f"regexp_matches(_msg, {text(ANY_WORD)})", "starts_with", text(thread))
    cursor = engine.connect().execute(query)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row)) if task == "e" else row for row in cursor.fetchall()]


def chdb(task, dump, thread, columns):
    import json

    import chdb as engine

    text = lambda value: "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    if task == "c":
        query = f"""SELECT arrayJoin(JSONExtractKeys(json)) AS name, count()
                    FROM file({text(dump)}, JSONAsString, 'json String') GROUP BY name"""
    else:
        schema = ", ".join(f"`{c}` String" for c in columns)
        table = f"file({text(dump)}, JSONEachRow, {text(schema)})"
        query = sql(task, table, f"match(_msg, {text(ANY_WORD)})", "startsWith", text(thread))
    answer = engine.query(query, "JSONEachRow" if task == "e" else "JSONCompactEachRow")
    return [json.loads(line) for line in str(answer).split("\n") if line]


def polars(task, dump, thread, columns):
    import polars as pl

    frame = pl.scan_ndjson(dump, schema={c: pl.String for c in columns})
    status = pl.col("audit.status_code")
    if task == "a":
        of_proxy = pl.col("kubernetes.pod_name").str.starts_with(POD)
        told = status.is_in(list(STATUSES)) | pl.col("_msg").str.contains(ANY_WORD)
        frame = frame.filter(of_proxy & told).group_by(status.fill_null(""), "service").len()
    elif task == "b":
        minute = pl.col("_time").str.slice(0, 16)
        frame = frame.filter(status.is_not_null()).group_by(minute, status).len()
    elif task == "c":
        frame = frame.select(pl.all().count()).unpivot()
    elif task == "d":
        frame = frame.filter(pl.col("audit.path").is_not_null()).group_by("audit.path").len()
        frame = frame.sort(["len", "audit.path"], descending=[True, False]).head(10)
    else:
        frame = frame.filter(pl.col("thread_key") == thread).sort(pl.col("_time").str.strip_suffix("Z"))
    return frame.collect(engine="streaming").iter_rows(named=task == "e")


def run_engine(name, task, dump, thread, *columns):
    import json

    for row in {"duckdb": duckdb, "polars": polars, "chdb": chdb}[name](task, dump, thread, columns):
        print(json.dumps(row))


# ---- the commands of the other rivals


def jq(program, task, dump, thread):
    """jq and jaq understand the same text. Counting is left to `sort | uniq -c`: far faster than inside jq 1.6."""
    if task == "e":
        text = '[inputs | select(.thread_key == $thread)] | sort_by(._time | rtrimstr("Z")) | .[]'
        return [program, "-n", "-c", "--arg", "thread", thread, text, dump]
    statuses = " or ".join(f'. == "{s}"' for s in STATUSES)
    told = ANY_WORD.replace("\\", "\\\\")
    text = {
        "a": f'select((."kubernetes.pod_name" // "" | startswith("{POD}")) and '
        f'((."audit.status_code" // "" | {statuses}) or (._msg // "" | test("{told}")))) | '
        '(."audit.status_code" // "") + "\\t" + .service',
        "b": 'select(."audit.status_code") | ._time[0:16] + "\\t" + ."audit.status_code"',
        "c": "keys_unsorted[]",
        "d": '."audit.path" // empty',
    }[task]
    count = r"""LC_ALL=C sort | uniq -c | sed -E 's/^ *([0-9]+) (.*)/\2\t\1/'"""
    top = r""" | LC_ALL=C sort -t "$(printf '\t')" -k 2,2nr -k 1,1 | head -n 10""" if task == "d" else ""
    return ["sh", "-c", f'"$1" -r "$2" "$3" | {count}{top}', "sh", program, text, dump]


def miller(program, task, dump, thread):
    status = "${audit.status_code}"
    told = f'is_present($_msg) && $_msg =~ "{ANY_WORD}"'
    listed = f'is_present({status}) && {status} =~ "^({"|".join(STATUSES)})$"'
    quoted = thread.replace("\\", "\\\\").replace('"', '\\"')
    verbs = {
        "a": ["filter", f'${{kubernetes.pod_name}} =~ "^{POD}" && (({listed}) || ({told}))', "then"]
        + ["unsparsify", "-f", "audit.status_code", "then"]
        + ["count-distinct", "-f", "audit.status_code,service", "-o", "rows"],
        "b": ["filter", f"is_present({status})", "then", "put", "$_time = $_time[1:16]", "then"]
        + ["count-distinct", "-f", "_time,audit.status_code", "-o", "rows"],
        "c": ["put", "-q", 'for (k, v in $*) { @hits[k] += 1 } end { emit @hits, "name" }'],
        "d": ["filter", "is_present(${audit.path})", "then", "count-distinct", "-f", "audit.path", "-o", "hits"]
        + ["then", "sort", "-nr", "hits", "-f", "audit.path", "then", "head", "-n", "10"],
        "e": ["filter", f'$thread_key == "{quoted}"', "then", "put", '$_key = sub($_time, "Z$", "")']
        + ["then", "sort", "-f", "_key", "then", "cut", "-x", "-f", "_key"],
    }[task]
    return [program, "--ijsonl", "--ojsonl", *verbs, dump]


def ripgrep(program, task, dump, thread):
    """Text only, but exact on a dump's flat lines: `"name":"` cannot stand inside a value, its quotes would be escaped.

    A word begins behind the value's first quote, behind an escape, or behind a letter that belongs to no word.
    """
    import json

    if task == "a":
        escape = r"\\u[0-9a-fA-F]{4}|\\[^u]"
        words = "|".join(WORDS)
        told = rf'"_msg":"(?:(?:[^"\\]|{escape})*(?:[^"\\\w]|{escape}))?(?:{words})\W'
        listed = rf'"audit\.status_code":"(?:{"|".join(STATUSES)})"'
        count = r"""function of(name, at, rest) {
            at = index($0, "\"" name "\":\"")
            if (!at) return ""
            rest = substr($0, at + length(name) + 4)
            return substr(rest, 1, index(rest, "\"") - 1)
        }
        { n[of("audit.status_code") "\t" of("service")]++ }
        END { for (k in n) print k "\t" n[k] }"""
        line = '"$1" -N -F -e "$2" "$3" | "$1" -N -e "$4" | awk "$5"'
        return ["sh", "-c", line, "sh", program, f'"kubernetes.pod_name":"{POD}', dump, f"{listed}|{told}", count]
    if task == "e":
        by_time = r"""sed -E 's/^.*"_time":"([^"Z]*)Z".*$/\1\t&/' | LC_ALL=C sort | cut -f 2-"""
        needle = '"thread_key":' + json.dumps(thread, ensure_ascii=False)
        return ["sh", "-c", f'"$1" -N -F -e "$2" "$3" | {by_time}', "sh", program, needle, dump]
    return None


# name, title, what prints its version, its command for a task, whether it only gets a part of the dump
TOOLS = (
    ("rg", "ripgrep", "rg", ripgrep, False),
    ("jaq", "jaq", "jaq", jq, True),
    ("jq", "jq", "jq", jq, True),
    ("mlr", "Miller", "mlr", miller, True),
)
TITLES = {"duckdb": "DuckDB", "polars": "polars", "chdb": "chDB"}
RIVALS = (*PYTHON_ENGINES, *(tool[0] for tool in TOOLS), "vlogs", "wc", "sha256sum", "openssl")


class Launcher:
    """A small process that starts the commands.

    Linux counts the size of a process before `exec` into what it later reports as the peak, so a large parent hides a
    small child. This one stays at what a bare Python needs; what is not above that is told as "less than".
    """

    def __init__(self):
        orders, self.orders = os.pipe()
        self.reports, reports = os.pipe()
        if os.fork() == 0:
            os.close(self.orders)
            os.close(self.reports)
            Launcher.serve(os.fdopen(orders, "rb"), reports)
            os._exit(0)
        os.close(orders)
        os.close(reports)
        self.floor_mb = self.run(["true"], os.devnull, os.devnull)[3]

    @staticmethod
    def serve(orders, reports):
        while header := orders.read(8):
            out, err, *argv = orders.read(int(header)).split(b"\0")
            start = time.perf_counter()
            child = os.fork()
            if child == 0:
                try:
                    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
                    os.dup2(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 1)
                    os.dup2(os.open(err, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 2)
                    os.execvp(argv[0], argv)
                finally:
                    os._exit(127)
            _, status, used = os.wait4(child, 0)
            wall = time.perf_counter() - start
            peak = used.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e6 / 1024)
            code = os.waitstatus_to_exitcode(status)
            os.write(reports, f"{code} {wall} {used.ru_utime + used.ru_stime} {peak}".encode().ljust(128))

    def run(self, argv, out, err):
        """Exit code, wall seconds, CPU seconds of the command and all it started, peak resident megabytes."""
        order = "\0".join([out, err, *argv]).encode()
        os.write(self.orders, b"%08d" % len(order) + order)
        code, *figures = os.read(self.reports, 128).split()
        return int(code), *map(float, figures)


# ---- answers


def instant(text):
    """A time as something that sorts by time: fractions have any number of digits."""
    whole, _, fraction = text.rstrip("Z").partition(".")
    return whole, fraction.rstrip("0")


def answer(task, data):
    """The rows of an answer in one form, whoever printed them; None where they are not in the task's order."""
    import json

    rows = []
    for line in data.splitlines():
        row = json.loads(line) if line[:1] in (b"{", b"[") else line.decode().split("\t")
        if task == "e":
            # A store gives its streams ids of its own.
            row = {k: str(v) for k, v in row.items() if v not in (None, "") and k != "_stream_id"}
            row["_time"] = instant(row["_time"])
            rows.append(tuple(sorted(row.items())))
            continue
        if isinstance(row, dict):
            row = [row.get(name) for name in FIELDS[task]]
        row = ["" if value is None else str(value) for value in row]
        if task == "b":
            row[0] = row[0][:16]
        if row[-1] != "0":
            rows.append(tuple(row))
    order = {"d": lambda row: -int(row[-1]), "e": lambda row: dict(row)["_time"]}.get(task)
    if order and any(order(one) > order(after) for one, after in zip(rows, rows[1:])):
        return None
    return sorted(rows)


def report(data):
    """A report without what names its inputs: the digest, and the ids of evidence that begin with it."""
    import json
    import re

    tree = json.loads(data)
    del tree["manifest"]
    for item in tree["scope"]["inputs"]:
        del item["sha256"]
    return re.sub(r"\b[0-9a-f]{12}:(?=\d+\+\d+)", "", json.dumps(tree))


def count_lines(path):
    with open(path, "rb") as file:
        return sum(piece.count(b"\n") for piece in iter(lambda: file.read(1 << 20), b""))


# ---- one command in a task


class Entry:
    def __init__(self, title, run, right, scale=1.0):
        self.title = title
        self.run = run  # () -> exit code, wall, CPU, peak MB, what it printed
        self.right = right  # whether what it printed is the answer
        self.scale = scale
        self.samples = []
        self.fault = None

    def round(self, counts):
        if self.fault:
            return
        code, wall, cpu, peak, printed = self.run()
        try:
            right = code == 0 and self.right(printed)
        except (ValueError, LookupError, TypeError, AttributeError):
            right = False  # not even in the form of an answer
        if not right:
            self.fault = f"failed (exit {code})" if code else "different answer"
            self.samples.clear()
        elif counts:
            self.samples.append((wall * self.scale, cpu * self.scale, peak))


class Bench:
    def __init__(self, options, launcher, scratch):
        self.options, self.launcher, self.scratch = options, launcher, scratch
        self.dump = os.path.abspath(options.dump)
        self.bytes = os.path.getsize(self.dump)
        self.lines = count_lines(self.dump)
        self.middle = self.cut()
        self.thread = options.thread or self.find_thread()
        self.versions = {}
        self.left_out = []
        self.find_rivals()
        self.columns = [row[0] for row in self.ours("c", self.dump)]

    def cut(self):
        """Whole lines from the middle of the dump, for those who are slow; the dump itself if it is small."""
        if self.bytes <= PART_BYTES:
            return self.dump
        path = os.path.join(self.scratch, "middle.ndjson")
        with open(self.dump, "rb") as dump, open(path, "wb") as part:
            dump.seek((self.bytes - PART_BYTES) // 2)
            dump.readline()
            part.write(dump.read(PART_BYTES - (1 << 20)))
            part.write(dump.readline())
        return path

    def find_thread(self):
        import json

        with open(self.dump, "rb") as dump:
            dump.seek(self.bytes // 2)
            dump.readline()
            for line in dump:
                if b'"thread_key":"' in line and (thread := json.loads(line).get("thread_key")):
                    return thread
        return ""

    def wanted(self, name):
        return not self.options.only or name in self.options.only

    def command(self, argv, quiet=False):
        """What the launcher measured, and what the command printed."""
        out, err = os.path.join(self.scratch, "out"), os.path.join(self.scratch, "err")
        code, wall, cpu, peak = self.launcher.run(argv, out, err)
        if code and not quiet:
            with open(err, "rb") as file:
                last = file.read().decode(errors="replace").strip().splitlines()[-1:]
            tell(f"{argv[0]} ended with {code}: {' '.join(last)}")
        with open(out, "rb") as file:
            return code, wall, cpu, peak, file.read()

    def version(self, argv):
        """The first number with a dot in what a program says about itself."""
        import re
        import shutil

        if not shutil.which(argv[0]):
            return None
        code, _, _, _, printed = self.command(argv, quiet=True)
        found = re.search(rb"\d+(\.\d+)+", printed)
        return found[0].decode() if code == 0 and found else None

    def find_rivals(self):
        probes = {
            name: (TITLES[name], [sys.executable, "-c", f"import {name}; print({name}.__version__)"])
            for name in PYTHON_ENGINES
        }
        probes |= {name: (title, [program, "--version"]) for name, title, program, _, _ in TOOLS}
        probes |= {
            "wc": ("wc", ["wc", "--version"]),
            "sha256sum": ("sha256sum", ["sha256sum", "--version"]),
            "openssl": ("OpenSSL", ["openssl", "version"]),
        }
        for name, (title, argv) in probes.items():
            if not self.wanted(name):
                continue
            if version := self.version(argv):
                self.versions[name] = (title, version)
            else:
                self.left_out.append(title)
                tell(f"{title} is not installed: left out")
        ours = self.version([self.options.binary, "--version"])
        if not ours:
            sys.exit(f"rivals: {self.options.binary} is no program that tells its version (--binary names ours)")
        self.versions["authopsy"] = ("authopsy", ours)

    def ours(self, task, dump, *more):
        """Our answer, untimed."""
        argv = [self.options.binary, "query", *more, logsql(task, self.thread), dump]
        code, _, _, _, printed = self.command(argv)
        rows = answer(task, printed)
        if code or rows is None:
            sys.exit(f"rivals: our own answer to {task} is wrong")
        return rows

    # -- the commands of each task, ours first

    def entries(self, task):
        if task == "t":
            return self.triage()
        if task == "r":
            return self.redact()
        # The rivals mask nothing: they are compared with what we print unmasked. What is timed masks, as users see it.
        masked, expected = self.ours(task, self.dump), self.ours(task, self.dump, "--unredacted")
        if len(masked) != len(expected):
            sys.exit(f"rivals: our own answer to {task} depends on masking")
        tell(f"{task}: {len(expected)} rows are the answer" + ("" if masked == expected else ", some of them masked"))
        right = lambda printed: answer(task, printed) == expected
        alike = lambda printed: answer(task, printed) == masked
        query = logsql(task, self.thread)
        argv = [self.options.binary, "query", query, self.dump]
        found = [
            self.entry("**authopsy**", argv, alike),
            self.entry("authopsy, 1 thread", [*argv[:2], "--threads", "1", *argv[2:]], alike),
            *self.yardsticks(("wc",), None),
        ]
        columns = COLUMNS.get(task, self.columns)
        for name in PYTHON_ENGINES:
            if name in self.versions:
                script = os.path.abspath(__file__)
                engine = [sys.executable, script, "--engine", name, task, self.dump, self.thread, *columns]
                found.append(self.entry(TITLES[name], engine, right))
        expected_of_part = None
        for name, title, program, command, slow in TOOLS:
            if name not in self.versions:
                continue
            dump = self.middle if slow else self.dump
            argv = command(program, task, dump, self.thread)
            if argv and dump == self.dump:
                found.append(self.entry(title, argv, right))
            elif argv:
                expected_of_part = expected_of_part or self.ours(task, self.middle, "--unredacted")
                right_of_part = lambda printed, part=expected_of_part: answer(task, printed) == part
                scale = self.bytes / os.path.getsize(dump)
                found.append(self.entry(f"{title} (×{scale:.3g})", argv, right_of_part, scale))
        if self.options.served:
            found.append(Entry("VictoriaLogs (ingested)", lambda: self.options.served.query(query), right))
        return found

    def entry(self, title, argv, right, scale=1.0):
        return Entry(title, lambda: self.command(argv), right, scale)

    def yardsticks(self, names, digest):
        argv = {
            "wc": ("`wc -l`", ["wc", "-l", self.dump], lambda out: int(out.split()[0]) == self.lines),
            "sha256sum": ("`sha256sum`", ["sha256sum", self.dump], lambda out: digest in out),
            "openssl": ("`openssl dgst -sha256`", ["openssl", "dgst", "-sha256", self.dump], lambda out: digest in out),
        }
        return [self.entry(*argv[name]) for name in names if name in self.versions]

    def triage(self):
        import json

        argv = lambda *more: [self.options.binary, "triage", "--format", "json", *more, self.dump]
        code, _, _, _, printed = self.command(argv())
        if code:
            sys.exit("rivals: triage failed")
        expected = report(printed)
        digest = json.loads(printed)["scope"]["inputs"][0]["sha256"].encode()
        right = lambda printed: report(printed) == expected
        return [
            self.entry("**authopsy**, no digest", argv("--hash", "none"), right),
            self.entry("authopsy, no digest, 1 thread", argv("--hash", "none", "--threads", "1"), right),
            self.entry("authopsy, BLAKE3", argv("--hash", "blake3"), right),
            self.entry("authopsy, SHA-256 (the default)", argv(), right),
            *self.yardsticks(("wc", "sha256sum", "openssl"), digest),
        ]

    def redact(self):
        import json

        copy = os.path.join(self.scratch, "redacted.ndjson")

        def run():
            if os.path.exists(copy):
                os.remove(copy)
            return self.command([self.options.binary, "redact", "--format", "json", "--output", copy, self.dump])

        code, _, _, _, printed = run()
        if code:
            sys.exit("rivals: redact failed")
        expected = json.loads(printed)
        digest = expected["inputs"][0]["digest"].encode()
        right = lambda printed: json.loads(printed) == expected and count_lines(copy) == self.lines
        return [Entry("**authopsy**", run, right), *self.yardsticks(("wc", "sha256sum", "openssl"), digest)]


class Served:
    """VictoriaLogs: a server of our own on this machine, filled once, then asked over HTTP."""

    def __init__(self, binary, scratch):
        import socket
        import subprocess

        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        store = os.path.join(scratch, "vlogs")
        flags = [f"-storageDataPath={store}", f"-httpListenAddr=127.0.0.1:{self.port}", "-loggerLevel=ERROR"]
        self.server = subprocess.Popen(
            [binary, *flags, "-retentionPeriod=100y", "-futureRetention=100y"], stderr=subprocess.DEVNULL
        )

    def wait(self):
        for _ in range(300):
            try:
                return self.ask("GET", "/health")
            except OSError:
                time.sleep(0.1)
        sys.exit("rivals: the server given with --vlogs does not answer")

    def ask(self, method, path, body=None):
        import http.client

        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request(method, path, body, {"Content-Type": "application/x-www-form-urlencoded"} if body else {})
        response = connection.getresponse()
        data = response.read()
        connection.close()
        return response.status, data

    def fill(self, dump):
        """Sends the dump in pieces of whole lines, with the streams that its rows name."""
        import json
        import re
        import urllib.parse

        self.wait()
        start, cpu = time.perf_counter(), self.cpu()
        with open(dump, "rb") as file:
            streams = re.findall(r'([^{,=]+)="', json.loads(file.readline()).get("_stream", ""))
            arguments = {
                "_time_field": "_time",
                "_msg_field": "_msg",
                "_stream_fields": ",".join(streams),
                "ignore_fields": "_stream,_stream_id",
            }
            path = "/insert/jsonline?" + urllib.parse.urlencode(arguments)
            file.seek(0)
            while piece := file.read(32 << 20):
                status, told = self.ask("POST", path, piece + file.readline())
                if status != 200:
                    sys.exit(f"rivals: the server took no rows: {told[:200]!r}")
        self.ask("GET", "/internal/force_flush")
        self.fill_wall, self.fill_cpu = time.perf_counter() - start, self.cpu() - cpu

    def query(self, text):
        import urllib.parse

        try:
            with open(f"/proc/{self.server.pid}/clear_refs", "w") as file:
                file.write("5")  # the peak begins anew
        except OSError:
            pass
        cpu, start = self.cpu(), time.perf_counter()
        status, data = self.ask("POST", "/select/logsql/query", urllib.parse.urlencode({"query": text}))
        wall = time.perf_counter() - start
        return 0 if status == 200 else status, wall, self.cpu() - cpu, self.peak(), data

    def cpu(self):
        with open(f"/proc/{self.server.pid}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak(self):
        with open(f"/proc/{self.server.pid}/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) * 1024 / 1e6

    def stop(self):
        self.server.terminate()
        self.server.wait()


# ---- the table


def tell(text):
    print(f"rivals: {text}", file=sys.stderr, flush=True)


def machine():
    model = "unknown processor"
    try:
        with open("/proc/cpuinfo") as file:
            model = next(line.split(":", 1)[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{model}, {cores} cores, {memory:.0f} GiB"


TASKS = {
    "a": "auth failures by status and service",
    "b": "rows by minute and status",
    "c": "all field names with counts",
    "d": "top 10 of `audit.path`",
    "e": "one thread by time",
    "t": "the whole report",
    "r": "a redacted copy",
}


def table_rows(task, entries, floor_mb):
    from statistics import median

    yield f"| **{task}** {TASKS[task]} | | | | | | |"
    base = entries[0].samples
    for entry in entries:
        if entry.fault:
            yield f"| | {entry.title} | {entry.fault} | | | | |"
            continue
        wall, cpu, peak = (median(figure) for figure in zip(*entry.samples))
        ratios = [median(s[n] / max(b[n], 1e-3) for s, b in zip(entry.samples, base)) for n in (0, 1)]
        memory = f"< {floor_mb + 1:.0f}" if peak < floor_mb + 1 else f"{peak:.0f}"
        told = " | ".join(f"{ratio:.2f}" if ratio < 10 else f"{ratio:.0f}" for ratio in ratios)
        yield f"| | {entry.title} | {wall:.3f} | {cpu:.3f} | {memory} | {told} |"


def main():
    if sys.argv[1:2] == ["--engine"]:
        return run_engine(*sys.argv[2:])
    launcher = Launcher()

    import argparse
    import contextlib
    import datetime
    import tempfile

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ours = os.path.join("target", "release", "authopsy")
    parser.add_argument("--binary", default=ours, help="ours (default: %(default)s)")
    parser.add_argument("--dump", required=True, help="an NDJSON dump, not compressed")
    parser.add_argument("--rounds", type=int, default=7, help="rounds that count (default: %(default)s)")
    parser.add_argument("--tasks", default="abcdetr", help="letters of the tasks (default: %(default)s)")
    parser.add_argument("--thread", help="thread of task e (default: the one in the middle of the dump)")
    parser.add_argument("--vlogs", metavar="SERVER", help="server binary of VictoriaLogs")
    parser.add_argument("--only", metavar="NAMES", help="only these rivals, of " + ",".join(RIVALS))
    options = parser.parse_args()
    if options.rounds < 1 or not set(options.tasks) <= set(TASKS):
        parser.error("at least one round, and tasks of " + "".join(TASKS))
    options.only = options.only.split(",") if options.only else None
    if options.only and not set(options.only) <= set(RIVALS):
        parser.error("--only takes names of " + ",".join(RIVALS))
    if not os.path.isfile(options.dump):
        parser.error(f"{options.dump} is no file")

    with contextlib.ExitStack() as stack:
        scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="rivals-"))
        options.served = None
        bench = Bench(options, launcher, scratch)
        if options.vlogs and bench.wanted("vlogs"):
            tell("filling VictoriaLogs")
            bench.versions["vlogs"] = ("VictoriaLogs", bench.version([options.vlogs, "--version"]) or "unknown version")
            options.served = Served(options.vlogs, scratch)
            stack.callback(options.served.stop)
            options.served.fill(bench.dump)
        table = []
        for task in options.tasks:
            if task == "e" and not bench.thread:
                tell("no row from the middle on has a thread_key: task e is left out")
                continue
            entries = bench.entries(task)
            for number in range(options.rounds + 1):
                for entry in entries:
                    entry.round(counts=number > 0)
                tell(f"{task}: round {number} of {options.rounds}")
            if entries[0].fault:
                sys.exit(f"rivals: task {task}: authopsy: {entries[0].fault}")
            table.extend(table_rows(task, entries, launcher.floor_mb))

    versions = ", ".join(f"{title} {version}" for title, version in bench.versions.values())
    lines = f"{bench.lines:,}".replace(",", " ")
    print(f"{datetime.date.today()}, {machine()}. Dump: {bench.bytes / 1e9:.2f} GB, {lines} lines, page cache warm.")
    rounds = "one round" if options.rounds == 1 else f"{options.rounds} rounds"
    print(f"Medians over {rounds} in alternation; × is over the first line of the task; peak MB is that of the largest")
    print("process.")
    print()
    print("| task | command | wall s | CPU s | peak MB | wall × | CPU × |")
    print("|---|---|---:|---:|---:|---:|---:|")
    print("\n".join(table))
    print()
    print(f"Versions: {versions}.")
    if bench.left_out:
        print(f"Not installed, left out: {', '.join(bench.left_out)}.")
    print("The answers of every round were compared with ours before the time was told. Only ours masks the secrets in")
    print("what it prints.")
    if any(name in bench.versions for name in PYTHON_ENGINES):
        print("DuckDB, polars and chDB are called from Python: its start and their import are part of their time. They are")
        print("told the names of the columns and that all are text.")
    if bench.middle != bench.dump and any(tool[0] in bench.versions for tool in TOOLS if tool[4]):
        print("(×N): run on a part of 50 MB from the middle of the dump, time multiplied, start-up included.")
    if served := options.served:
        print("VictoriaLogs answers over HTTP from what it ingested before; its CPU time and memory are the server's.")
        print(f"Ingesting took {served.fill_wall:.1f} s and {served.fill_cpu:.1f} s of CPU time.")


if __name__ == "__main__":
    main()
