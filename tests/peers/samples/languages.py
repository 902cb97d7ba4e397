"""The languages of the samples: each has a host, a process that runs one sample after the other."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess

HOSTS = pathlib.Path(__file__).parent / "hosts"
WORKSPACE = pathlib.Path(__file__).parents[3]


class Language:
    """A language whose samples the host reads from files."""

    def __init__(self, name, extension, host):
        self.name, self.extension, self.host = name, extension, host

    def prepare(self, folder, samples):
        """Writes the samples into a folder. Returns the command of the host and the names of the samples there."""
        names = []
        for index, sample in enumerate(samples):
            path = folder / f"s{index}.{self.extension}"
            path.write_text(sample)
            names.append(str(path))
        return self.host, names


class Java(Language):
    def prepare(self, folder, samples):
        for index, sample in enumerate(samples):
            renamed = sample.replace("public class Sample {", f"public class S{index} {{")
            (folder / f"S{index}.java").write_text(renamed)
        sources = sorted(map(str, folder.glob("*.java")))
        jar = next(filter(os.path.exists, GSON), None)
        assert jar, "there is no gson.jar; install libgoogle-gson-java"
        options = ["-encoding", "UTF-8", "-proc:none", "-Xlint:all", "-Werror", "-classpath", jar, "-d", str(folder / "classes")]
        run(["javac", *options, str(HOSTS / "Host.java"), *sources])
        path = os.pathsep.join([jar, str(folder / "classes")])
        host = ["java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-Dfile.encoding=UTF-8", "-classpath", path, "Host"]
        return host, [f"S{index}" for index in range(len(samples))]


# Where Debian puts it.
GSON = ["/usr/share/java/gson.jar"]


class Go(Language):
    def prepare(self, folder, samples):
        (folder / "go.mod").write_text("module samples\n\ngo 1.19\n")
        names = [f"s{index}" for index in range(len(samples))]
        for name, sample in zip(names, samples):
            (folder / name).mkdir()
            path = folder / name / "sample.go"
            path.write_text(sample)
        unformatted = run(["gofmt", "-l", str(folder)])
        assert not unformatted, f"gofmt would change {unformatted}"
        for name, sample in zip(names, samples):
            # As a package of one program. An error must not end the host.
            sample = sample.replace("package main\n", f"package {name}\n", 1).replace("func main() {", "func Main() {")
            (folder / name / "sample.go").write_text(sample.replace("log.Fatal", "log.Panic"))
        shutil.copy(HOSTS / "host.go", folder / "host.go")
        imports = "".join(f'\t"samples/{name}"\n' for name in names)
        entries = "".join(f'\t"{name}": {name}.Main,\n' for name in names)
        (folder / "samples.go").write_text(
            f"package main\n\nimport (\n{imports})\n\nvar samples = map[string]func(){{\n{entries}}}\n"
        )
        run(["go", "vet", "./..."], cwd=folder)
        run(["go", "build", "-o", "host", "."], cwd=folder)
        return [str(folder / "host")], names


class Rust(Language):
    def prepare(self, folder, samples):
        names = [f"s{index}" for index in range(len(samples))]
        for name, sample in zip(names, samples):
            (folder / f"{name}.rs").write_text(sample.replace("async fn main()", "pub async fn main()"))
        modules = "".join(f'#[path = "{name}.rs"]\nmod {name};\n' for name in names)
        entries = "".join(f'    ("{name}", {name}::main),\n' for name in names)
        (folder / "samples.rs").write_text(
            f"{modules}\ntype Main = fn() -> Result<(), Box<dyn std::error::Error>>;\n\n"
            f"pub static ALL: &[(&str, Main)] = &[\n{entries}];\n"
        )
        shutil.copy(HOSTS / "host.rs", folder / "host.rs")
        libraries = built_libraries()
        externs = [f"--extern={name}={libraries[name]}" for name in ("coze_api", "futures_util", "serde_json", "tokio")]
        dependencies = os.path.dirname(libraries["coze_api"])
        options = ["--edition=2024", "-Dwarnings", "-Cdebuginfo=0", f"-Ldependency={dependencies}"]
        run(["rustc", *options, *externs, "-o", str(folder / "host"), str(folder / "host.rs")])
        return [str(folder / "host")], names


def built_libraries():
    """Returns the libraries of the command line by name: those that are already built, so that only the samples are compiled."""
    # The folder of its crates, which in CI is that of their packages.
    source = os.environ.get("COZE_SOURCE", WORKSPACE)
    build = ["cargo", "build", "--quiet", "--package", "coze-cli", "--message-format", "json"]
    if "COZE_SOURCE" in os.environ:
        # As it was installed.
        build.append("--no-default-features")
    if "CARGO_TARGET_DIR" not in os.environ:
        build += ["--target-dir", str(WORKSPACE / "target")]
    lines = run(build, cwd=source).splitlines()
    messages = [message for message in map(json.loads, lines) if message["reason"] == "compiler-artifact"]
    return {message["target"]["name"]: message["filenames"][0] for message in messages if message["target"]["kind"] == ["lib"]}


def run(command, **options):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class Host:
    """A running host."""

    END = re.compile(rb"(.*)\n\0END (.*)\0", re.DOTALL)

    def __init__(self, process):
        self.process, self.rest = process, b""

    def run(self, name):
        """Runs a sample. Returns its output and its error."""
        self.process.stdin.write(f"{name}\n".encode())
        self.process.stdin.flush()
        read = b""
        while not (end := self.END.fullmatch(read)):
            piece = os.read(self.process.stdout.fileno(), 65536)
            assert piece, f"the host ended: {read.decode(errors='replace')}"
            read += piece
        return end[1].decode(errors="replace"), end[2].decode().strip()


@contextlib.contextmanager
def hosted(command, folder, environment):
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, cwd=folder, env=environment, **pipes)
    try:
        yield Host(process)
    finally:
        process.kill()
        process.wait()
