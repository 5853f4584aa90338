# Runs the program as if it had been started by itself, and says afterwards what it came to: the value of its last
# line, its error, figures that nobody saved. With the name "cells" it runs one program after the other. Nothing is
# imported before it is needed: most programs are short.
# Invocation: driver.py SAID MAIN ARGUMENTS…
import sys
import _ast

ONLY_A_TREE = 0x400
# Where this driver's own modules come from, whatever lies beside the program.
OWN_PATH = list(sys.path)


class Source:
    """Shows tracebacks the program's lines, whoever prints them."""

    def __init__(self, text):
        self.text = text

    def get_source(self, _name):
        return self.text


def own(name):
    path = sys.path
    sys.path = OWN_PATH
    try:
        # By its own names: what the policy allows is about the program.
        return __import__(name, globals())
    finally:
        sys.path = path


def main():
    said_path, main_path, *args = sys.argv[1:]
    folder, _, name = main_path.rpartition("/")
    module = type(sys)("__main__")
    module.__file__ = main_path
    module.__builtins__ = __builtins__
    sys.modules["__main__"] = module
    sys.argv = ["main.py", *args]
    import os

    sys.path.insert(0, os.getcwd())
    packages = read(folder + "/packages.txt")
    if packages is not None:
        sys.path.insert(1, packages)
    guard(read(folder + "/imports.txt"), module.__dict__)
    if name == "cells":
        serve(said_path, module.__dict__)
        return
    source = read(main_path)
    module.__loader__ = Source(source)
    said = {}
    code = attempt(source, "main.py", module.__dict__, said)
    if said:
        write(said_path, said)
    # What threads and exit handlers still do is as it always is.
    sys.exit(code)


def serve(said_path, names):
    """One cell a line, until there are no more. The program's own stdin is empty."""
    json, linecache, os = own("json"), own("linecache"), own("os")
    lines = os.fdopen(os.dup(0), encoding="utf-8")
    os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
    for number, line in enumerate(lines, 1):
        cell = json.loads(line)
        name = f"cell-{number}.py"
        linecache.cache[name] = (len(cell["code"]), None, cell["code"].splitlines(True), name)
        sys.argv = ["main.py", *cell["args"]]
        said = {}
        code = attempt(cell["code"], name, names, said)
        if code and "error" not in said:
            said["exit"] = code
        write(said_path, said)
        mark = cell["mark"].encode()
        for handle in (1, 2):
            os.write(handle, mark)


def attempt(source, name, names, said):
    code = 0
    try:
        value = run(source, name, names)
        save_figures()
        if value is not None:
            said["result"] = value
    except SystemExit as stop:
        code = stop.code
        if code is None:
            code = 0
        elif not isinstance(code, int):
            print(code, file=sys.stderr)
            code = 1
    except BaseException as error:
        code = 1
        report(error, said)
    flush()
    return code


def run(source, name, names):
    tree = compile(source, name, "exec", ONLY_A_TREE)
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, _ast.Expr):
        exec(compile(tree, name, "exec"), names)
        return None
    tree.body.pop()
    exec(compile(tree, name, "exec"), names)
    return eval(compile(_ast.Expression(last.value), name, "eval"), names)


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return None


def guard(names, program):
    """The policy names the modules that the program, and what lies beside it, may import."""
    if names is None:
        return
    allowed = set(names.split())
    import builtins
    import os

    real = builtins.__import__
    own = os.getcwd() + os.sep

    def checked(name, names=None, locals=None, fromlist=(), level=0):
        is_own = names is None or names is program or str(names.get("__file__", "")).startswith(own)
        if level == 0 and is_own:
            top = name.partition(".")[0]
            if top not in allowed and not os.path.exists(own + top + ".py") and not os.path.isdir(own + top):
                raise ImportError(f"the policy does not allow the module {top}")
        return real(name, names, locals, fromlist, level)

    builtins.__import__ = checked


def report(error, said):
    traceback = own("traceback")
    frames = error.__traceback__
    while frames is not None and not is_own(frames):
        frames = frames.tb_next
    try:
        flush()
        traceback.print_exception(type(error), error, frames)
    except BaseException:
        pass
    line = getattr(error, "lineno", None) if isinstance(error, SyntaxError) else None
    while frames is not None:
        if is_own(frames):
            line = frames.tb_lineno
        frames = frames.tb_next
    try:
        message = str(error)[:2000]
    except BaseException:
        message = ""
    said["error"] = {"name": type(error).__name__, "message": message}
    if isinstance(line, int):
        said["error"]["line"] = line
    if isinstance(error, MemoryError):
        said["limit"] = "memory"


def is_own(frame):
    name = frame.tb_frame.f_code.co_filename
    return name == "main.py" or name.startswith("cell-")


def save_figures():
    plots = sys.modules.get("matplotlib.pyplot")
    if plots is None:
        return
    os = own("os")
    for number in plots.get_fignums():
        path = f"figure-{number}.png"
        if not os.path.exists(path):
            plots.figure(number).savefig(path)


def flush():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:
            pass


def write(path, said):
    json = own("json")
    try:
        text = json.dumps(said, allow_nan=False)
    except BaseException:
        try:
            said["result"] = repr(said.get("result"))[:100000]
            text = json.dumps(said)
        except BaseException:
            return
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError:
        pass


main()
