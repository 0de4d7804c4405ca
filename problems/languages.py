"""The languages a program may be written in: what compiles it, what runs it, in which image.

A submission's format is its language. `zip` holds a program of several files, whose command the problem
states; `ipynb` is a notebook that is run from top to bottom.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    """How a program of one file becomes a process.

    Attributes:
        name: for people.
        image: runner image that compiles and runs it.
        source: name its file gets.
        compile: command with `/job/in/<source>` in and `/job/out/<artefact>` out.
        artefact: what the compiler leaves, and what is run.
        run: command; the artefact lies in `/job/in`. `{heap_mib}` stands for what a virtual machine may take.
        is_executable: whether the artefact is run itself.
        memory_exit_code: with which it ends when its own heap is full; 0 if it has none of its own.
        overhead_mib: of the memory limit, what a virtual machine needs beside its heap.
    """

    name: str
    image: str
    source: str
    compile: tuple[str, ...]
    artefact: str
    run: tuple[str, ...]
    is_executable: bool = False
    memory_exit_code: int = 0
    overhead_mib: int = 0

    def command(self, memory_mib: int) -> tuple[str, ...]:
        """Return what runs the artefact within a memory limit."""
        heap_mib = max(16, memory_mib - self.overhead_mib)
        return tuple(word.replace("{heap_mib}", str(heap_mib)) for word in self.run)


def _native(name: str, compiler: str, standard: str, source: str) -> Language:
    flags = (standard, "-O2", "-pipe", "-static", "-o", "/job/out/program")
    command = (compiler, *flags, f"/job/in/{source}", "-lm")
    return Language(name, "cpp", source, command, "program", ("/job/in/program",), is_executable=True)


# Checked by the language's own front end, so that a syntax error is a compile error in every language.
_PYTHON = "import shutil; compile(open('/job/in/main.py', 'rb').read(), 'main.py', 'exec'); " \
    "shutil.copyfile('/job/in/main.py', '/job/out/main.py')"  # fmt: skip
# A public class has to lie in a file of its name; without one, the class whose `main` comes first is run.
_JAVA = r"""
cd /tmp && mkdir classes source && name=$(sed -nE \
's/^[^"*]*public +((final|abstract|strictfp) +)*class +([A-Za-z_$][A-Za-z0-9_$]*).*/\3/p' \
/job/in/Main.java | head -n 1)
[ -n "$name" ] || name=$(awk 'match($0, /class +[A-Za-z_$][A-Za-z0-9_$]*/) {
split(substr($0, RSTART, RLENGTH), words, / +/); found = words[2] }
/void +main *\(/ { print found; exit }' /job/in/Main.java)
cp /job/in/Main.java "source/${name:-Main}.java" && javac -encoding UTF-8 -d classes source/*.java &&
jar --create --file /job/out/main.jar --main-class "${name:-Main}" -C classes .
"""
_JAVASCRIPT = "node --check /job/in/main.js && cp /job/in/main.js /job/out/main.js"

LANGUAGES: dict[str, Language] = {
    "py": Language(
        name="Python 3",
        image="python",
        source="main.py",
        compile=("python3", "-c", _PYTHON),
        artefact="main.py",
        run=("python3", "/job/in/main.py"),
    ),
    "c": _native("C (C17)", "gcc", "-std=gnu17", "main.c"),
    "cpp": _native("C++ (C++20)", "g++", "-std=gnu++20", "main.cpp"),
    "java": Language(
        name="Java",
        image="java",
        source="Main.java",
        compile=("sh", "-c", _JAVA),
        artefact="main.jar",
        run=(
            *("java", "-Xmx{heap_mib}m", "-Xss64m", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError"),
            *("-XX:TieredStopAtLevel=4", "-jar", "/job/in/main.jar"),
        ),
        memory_exit_code=3,
        overhead_mib=96,
    ),
    "js": Language(
        name="JavaScript (Node.js)",
        image="node",
        source="main.js",
        compile=("sh", "-c", _JAVASCRIPT),
        artefact="main.js",
        run=("node", "/job/in/main.js"),
    ),
}


def image_of(problem_image: str, file_format: str) -> str:
    """Return the runner image that a submission runs in.

    Args:
        problem_image: as the problem states it: that of every program but those compiled or run otherwise.
        file_format: of the submission.
    """
    language = LANGUAGES.get(file_format)
    return problem_image if language is None or file_format == "py" else language.image
