"""The command lines of the program in files, and whether the program has what they name."""
import os
import re
import subprocess

# Where a shell, a unit or a hook begins a command.
BEGINS = re.compile(
    r"(?:^[ \t]*(?:#[ \t]+)?(?:- )?|run: |entry: |ExecStart\w*=|\$\(|[|&;{] *|exec |then |\d \* \* \*[ \t]+snapkeep[ \t]+)"
    r"(?:/usr/local/bin/|ci/)?snapkeep[ \t]+(?P<line>[a-z][^\n]*)", re.M)
# In a sentence: in quotes, or as an argument of docker.
QUOTED = re.compile(r"['`]snapkeep (?P<line>[a-z][^'`\n]*)")
DOCKER = re.compile(r"docker run [^\n]* snapkeep (?P<line>[a-z][^\n]*)")
END = re.compile(r" *(?:\|\||&&|[|;&)>#]| {2,}| \d?>)")


class Program:
    def __init__(self):
        self.helps = {}
        listed = self.help()
        # In groups, each under a heading of its own.
        self.commands = set(re.findall(r"^  ([a-z-]+)", listed.split("\nSTART:")[1], re.M))

    def help(self, *words):
        if words not in self.helps:
            said = subprocess.run(
                [os.environ["SNAPKEEP"], *words, "--help"], text=True, capture_output=True, timeout=60,
                env={**os.environ, "COLUMNS": "1000"})
            self.helps[words] = said.stdout
        return self.helps[words]

    def options(self, command):
        """Each spelling of an option, with the values that it takes: None for whatever one likes, an empty set for none at all."""
        found = {}
        for spellings, value, text in re.findall(r"^  (-[^<\n]*?)(?: <([^>\n]+)>(?: \.\.\.)?)?(?: {2,}(.*))?$", self.help(command), re.M):
            values = re.search(r"\(values: ([^;)]+)", text)
            takes = set(values[1].split(", ")) if values else None if value else set()
            for spelling in spellings.split(", "):
                found[spelling.strip()] = takes
        return found

    def mistakes(self, line):
        """What of a command line, without the program's name, the program does not have."""
        command, *words = re.split(r"\s+", line.strip())
        if command not in self.commands:
            return [f"no command '{command}'"]
        options, found = self.options(command), []
        for word, value in zip(words, [*words[1:], ""]):
            if not word.startswith("-") or word == "-":
                continue
            name, equals, given = word.rstrip('"').partition("=")
            if name not in options:
                found.append(f"{command} has no {name}")
            elif (takes := options[name]) and (given if equals else value) not in takes:
                found.append(f"{command} {name} takes {', '.join(sorted(takes))}, not '{given if equals else value}'")
        return found


def command_lines(text):
    """Every command line of the program in a text, without the program's name."""
    # Options that a script or a unit keeps by themselves stand where they are used.
    for name, pattern in (('"$@"', r"set -- (.*)"), ("$SNAPKEEP_FILES", r'SNAPKEEP_FILES=([^"]*)')):
        if kept := re.search(pattern, text):
            text = text.replace(kept[0], "").replace(name, kept[1])
    text = re.sub(r"[ \t]*\\\n[ \t]*", " ", text)
    return [END.split(found["line"], maxsplit=1)[0] for pattern in (BEGINS, QUOTED, DOCKER) for found in pattern.finditer(text)]
