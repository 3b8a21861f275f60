"""Bad input of every field of every request, made from the document's schemas.

For each operation that takes a body, and for each field in it, at any depth: missing, null, of each wrong type, empty,
huge, negative, unicode, given twice, unknown beside it; and of the whole: bad JSON, bad UTF-8, too deep, a wrong content
type, a wrong method, an unknown or bad parameter, a bad escape. What is refused is refused by problem+json with a status of
400 to 422, that names the field, and nothing has changed. Everything else in the request is as it should be, so that it is
this field it is refused for. Null for a field that may be left out is as if it were: schemathesis_test.py has what is taken.
"""

import json
import re
import sys

import own_potd

THERE = {"/v1/pots/": "web", "/v1/bases/": "host", "/v1/fscomps/": "site", "/v1/networks/": "lan", "/v1/flavours/": "none"}
"""What a request is about, by the path before {name}."""

GOOD = {"PotSpec": {"name": "new", "base": "host"}, "MountSpec": {"target": "/mnt", "tmpfs": True},
        "CloneRequest": {"name": "new", "take_snapshot": True}, "InterfaceSpec": {"bridge": "lan"},
        "SnapshotsSpec": {"every": "1h"}, "FscompRequest": {"name": "new"}, "FscompCloneRequest": {"name": "new"},
        "NetworkRequest": {"name": "new"}, "RenameRequest": {"name": "new"}, "HealthSpec": {"tcp": {"port": 80}},
        "IoLimitSpec": {"device": "/dev/vda", "read_bps": "1M"}, "BaseRequest": {"name": "new", "directory": "/no/such/tree"}}
"""Of schemas whose members want each other: what is well around a field."""

ALONE = [{"dir", "fscomp", "dataset", "tmpfs"}, {"host", "release", "tarball", "directory", "pot"}, {"exec", "tcp", "http"}]
"""Of each of these a request has one: where a field takes the place of another."""

ELSEWHERE = ("ports[0].", "host", "release", "pot")
"""Fields that want others beside them, or another network: those may be named instead."""


HUGE = "x" * 70_000
WRONG = {"string": [True, 7, [], {}], "integer": [True, "x", [], {}, 1.5, -(2 ** 70)], "number": [True, "x", [], {}],
         "boolean": ["maybe", 7, [], {}], "array": [True, "x", 7, {}], "object": [True, "x", 7, []]}


class Document:
    def __init__(self, potd):
        self.all = potd.expect(200, "GET", "/openapi.json")

    def resolve(self, node):
        while "$ref" in node:
            found = self.all
            for step in node["$ref"][2:].split("/"):
                found = found[step]
            node = {**found, **{key: value for key, value in node.items() if key != "$ref"}}
        return node

    def operations(self):
        for path, item in self.all["paths"].items():
            for method, operation in item.items():
                if method == "parameters":
                    continue
                parameters = [self.resolve(one) for one in item.get("parameters", []) + operation.get("parameters", [])]
                yield method.upper(), path, operation, parameters

    def types(self, schema):
        """The schema's types, with those of all its alternatives."""
        schema = self.resolve(schema)
        if "oneOf" in schema:
            return set().union(*(self.types(one) for one in schema["oneOf"]))
        if "enum" in schema and "type" not in schema:
            return {"string"}
        named = schema.get("type", [])
        return {named} if isinstance(named, str) else set(named)

    def example(self, schema):
        """A value that keeps the schema, as small as can be."""
        named = schema.get("$ref", "").rsplit("/", 1)[-1]
        schema = self.resolve(schema)
        if "oneOf" in schema:
            return self.example(schema["oneOf"][0])
        for word in ("default", "const"):
            if word in schema:
                return schema[word]
        if schema.get("examples"):
            return schema["examples"][0]
        if "enum" in schema:
            return schema["enum"][0]
        types = self.types(schema)
        if "object" in types and named in GOOD:
            return dict(GOOD[named])
        if "object" in types:
            return {name: self.example(schema["properties"][name]) for name in schema.get("required", [])}
        if "array" in types:
            return [self.example(schema["items"])] * schema.get("minItems", 0)
        if "boolean" in types:
            return False
        if "integer" in types or "number" in types:
            return schema.get("minimum", 1)
        return "/a" if schema.get("pattern") == "^/" else "a" * max(1, schema.get("minLength", 1))

    def fields(self, given, where=""):
        """(dotted name, its schema, whether it is required, how to put a value there) of all fields, at any depth.

        To put makes a body of the schema in which the value stands at the field and all else is well."""
        schema = self.resolve(given)
        for alternative in schema.get("oneOf", []):
            yield from self.fields(alternative, where)
        for name, field in schema.get("properties", {}).items():
            def put(value, name=name):
                body = self.example(given)
                for group in ALONE:
                    if name in group:
                        body = {key: each for key, each in body.items() if key not in group}
                if value is MISSING:
                    body.pop(name, None)
                else:
                    body[name] = value
                return body

            here = f"{where}.{name}" if where else name
            yield here, field, name in schema.get("required", []), put
            for inner, inner_schema, required, put_inner in self.fields(field, here):
                yield inner, inner_schema, required, lambda value, put=put, put_inner=put_inner: put(put_inner(value))
            items = [one["items"] for one in self.alternatives(field) if "items" in one]
            for item in items:
                for inner, inner_schema, required, put_inner in self.fields(item, here + "[0]"):
                    yield (inner, inner_schema, required,
                           lambda value, put=put, put_inner=put_inner: put([put_inner(value)]))

    def alternatives(self, schema):
        schema = self.resolve(schema)
        if "oneOf" not in schema:
            return [schema]
        return [inner for one in schema["oneOf"] for inner in self.alternatives(one)]


class Missing:
    def __repr__(self):
        return "(missing)"


MISSING = Missing()


def bad_values(document, schema, required):
    """What must not be taken for this field, each with whether the answer has to name the field."""
    types = document.types(schema)
    alternatives = document.alternatives(schema)
    if required:
        yield MISSING
        yield None
    refused = [set(map(repr, WRONG[kind])) for kind in types if kind in WRONG]
    if types and refused:
        for value in [True, 7, "x", 1.5, [], {}, -(2 ** 70)]:
            if all(repr(value) in of for of in refused):
                yield value
    bounded = [one for one in alternatives if one.get("type") != "null"]
    if types - {"null"} == {"string"}:
        if all("pattern" in one or "enum" in one or one.get("minLength") for one in bounded):
            yield "" if "" not in [value for one in bounded for value in one.get("enum", [])] else MISSING
        if all("pattern" in one or "enum" in one or "maxLength" in one for one in bounded):
            yield HUGE
        for value in ("\u00e4\u2028\U0001f600", "a\0b"):
            if all("enum" in one or "pattern" in one and not re.search(one["pattern"], value) for one in bounded):
                yield value
    if types - {"null"} <= {"integer", "number"} and types - {"null"}:
        if all("minimum" in one for one in bounded):
            yield min(one["minimum"] for one in bounded) - 1
        if all("maximum" in one for one in bounded):
            yield max(one["maximum"] for one in bounded) + 1
        if "integer" in types:
            yield 2 ** 80
    if types - {"null"} == {"array"}:
        most = [one["maxItems"] for one in bounded if "maxItems" in one]
        if most:
            yield [document.example(bounded[0]["items"])] * (max(most) + 1)


class Checks:
    def __init__(self, potd):
        self.potd = potd
        self.asked = 0
        self.wrong = []

    def refused(self, what, method, target, body, field=None, headers=None, statuses=range(400, 500)):
        self.asked += 1
        answer = self.potd.request(method, target, body, headers)
        try:
            problem = answer.json()
        except ValueError:
            problem = {}
        good = (answer.status in statuses and answer.headers["Content-Type"] == "application/problem+json"
                and problem.get("status") == answer.status and problem.get("detail") and problem.get("code"))
        said = problem.get("field") or ""
        # Of a list an item may be named; of two that exclude each other, the other one.
        named = field is None or "/host/update" in target or said.startswith(field) or said and field.startswith(ELSEWHERE)
        if not good or not named:
            self.wrong.append(f"{method} {target}: {what}: {answer}")


def state(potd):
    """All that could have changed."""
    seen = {}
    for target in ("/v1/pots", "/v1/bases", "/v1/fscomps", "/v1/networks", "/v1/operations"):
        seen[target] = list(potd.items(target))
    page = potd.expect(200, "GET", "/v1/events?since=0&limit=1000", headers={"Accept": "application/json"})
    seen["events"] = len(page["items"])
    return seen


def target_of(path):
    for begin, name in THERE.items():
        if path.startswith(begin):
            path = path.replace("{name}", name)
    return path.replace("{snapshot}", "first").replace("{number}", "1").replace("{id}", "0" * 26)


def ask_bodies(document, checks):
    for method, path, operation, parameters in document.operations():
        if "requestBody" not in operation:
            continue
        body = document.resolve(operation["requestBody"])
        target = target_of(path)
        needed = [one["name"] + "=/x" for one in parameters if one["in"] == "query" and one.get("required")]
        if needed:
            target += "?" + "&".join(needed)
        for kind, media in body["content"].items():
            if "json" not in kind:
                continue
            headers = {"Content-Type": kind}
            ask_whole(checks, method, target, headers)
            for field, schema, required, put in document.fields(media["schema"]):
                for value in bad_values(document, schema, required):
                    if isinstance(value, Missing) and not required:
                        continue
                    what = f"{field} = {str(value)[:40]!r}"
                    checks.refused(what, method, target, json.dumps(put(value)).encode(), field, headers)
                ask_around(checks, method, target, headers, field, document.example(schema), put)


def ask_around(checks, method, target, headers, field, value, put):
    """The field twice, and one beside it that nobody knows."""
    marked = json.dumps(put("@here@"))
    name = field.rsplit(".", 1)[-1]
    pair = f'"{name}": "@here@"'
    good = json.dumps(value)
    twice = marked.replace(pair, f'"{name}": {good}, "{name}": {good}')
    checks.refused(f"{field} twice", method, target, twice.encode(), field, headers, [400, 422])
    unknown = marked.replace(pair, f'"{name}": {good}, "colour\\u00e9": 1')
    checks.refused(f"unknown beside {field}", method, target, unknown.encode(), None, headers, [400, 422])


def ask_whole(checks, method, target, headers):
    for what, body in {
            "no JSON": b"{", "a word": b"nothing", "text behind it": b"{} {}", "a list": b"[]", "text": b'"x"', "null": b"null",
            "bad UTF-8": b'{"\xff\xfe": 1}', "a lone surrogate": b'{"name": "\\ud800"}',
            "deep nesting": b'{"a":' * 100 + b"1" + b"}" * 100, "deeper nesting": b"[" * 50_000,
            "a trailing comma": b'{"name": "a",}', "NUL": b'{"name": "a"}\0'}.items():
        checks.refused(what, method, target, body, None, headers, [400, 422])
    checks.refused("a wrong content type", method, target, b"<a/>", None, {"Content-Type": "text/xml"}, [415])
    checks.refused("too long", method, target, b'{"a": "' + b"x" * (9 << 20) + b'"}', None, headers, [400, 413, 422])


def ask_queries(document, checks):
    for method, path, operation, parameters in document.operations():
        target = target_of(path)
        query = [one for one in parameters if one["in"] == "query"]
        needed = "&".join(one["name"] + "=/x" for one in query if one.get("required"))
        begin = target + "?" + (needed + "&" if needed else "")
        checks.refused("an unknown parameter", method, begin + "colour=red", None, "colour", None, [400, 422])
        checks.refused("a bad escape", method, begin + "colour=%zz", None, "query", None, [400])
        checks.refused("a bad escape in the path", method, target + "%zz", None, "path", None, [400])
        checks.refused("bad UTF-8 in the path", method, target + "%ff", None, None, None, [400, 404, 405])
        for one in query:
            name, types = one["name"], document.types(one["schema"])
            if one.get("required"):
                checks.refused(f"without {name}", method, target, None, name, None, [400, 422])
            bad = []
            if types == {"boolean"}:
                bad = ["maybe", "2", "%00"]
            if types == {"integer"}:
                bad = ["", "x", "-1", "1.5", "9" * 30, "%C3%A4"]
            if "enum" in document.resolve(one["schema"]) or "pattern" in document.resolve(one["schema"]):
                bad = ["no%20such", "%C3%A4"]
            for value in bad:
                rest = "&".join(each["name"] + "=/x" for each in query if each.get("required") and each["name"] != name)
                asked = f"{target}?{rest + '&' if rest else ''}{name}={value}"
                # What is not there may be looked for first.
                checks.refused(f"{name}={value[:20]}", method, asked, None, None, None, [400, 404, 422])
            if bad and not one.get("required"):
                checks.refused(f"{name} twice", method, f"{begin}{name}=1&{name}=1", None, name, None, [400, 422])


def ask_methods(document, checks):
    there = {}
    for method, path, _, _ in document.operations():
        there.setdefault(path, set()).add(method)
    for path, methods in there.items():
        target = target_of(path)
        allowed = methods | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set())
        for method in {"GET", "PUT", "POST", "PATCH", "DELETE", "TRACE", "BREW"} - allowed:
            checks.asked += 1
            answer = checks.potd.request(method, target)
            if method in ("TRACE", "BREW") and answer.status in (400, 501):
                continue
            said = {word.strip() for word in (answer.headers["Allow"] or "").split(",")}
            if answer.status != 405 or said != allowed or answer.json()["code"] != "method_not_allowed":
                checks.wrong.append(f"{method} {target}: 405 with Allow {sorted(allowed)} wanted: {answer} {said}")
        answer = checks.potd.request("OPTIONS", target)
        said = {word.strip() for word in (answer.headers["Allow"] or "").split(",")}
        if answer.status != 204 or said != allowed:
            checks.wrong.append(f"OPTIONS {target}: {answer} {said}")


def main():
    own_potd.enter_own_machine()
    with own_potd.OwnPotd() as potd:
        potd.expect(201, "POST", "/v1/bases", {"host": True})
        potd.expect(201, "POST", "/v1/fscomps", {"name": "site"})
        potd.expect(201, "POST", "/v1/fscomps/site/snapshots", {"name": "first"})
        potd.expect(201, "POST", "/v1/networks", {"name": "lan", "ipv4": "10.231.7.0/24", "ipv6": "none"})
        potd.expect(201, "POST", "/v1/pots", {"name": "web", "base": "host", "command": ["/bin/sh", "-c", "cat"],
                                              "open_stdin": True})
        potd.expect(201, "POST", "/v1/pots/web/snapshots", {"name": "first"})
        potd.expect(200, "POST", "/v1/pots/web/start")
        document = Document(potd)
        checks = Checks(potd)
        before = state(potd)
        for part in (ask_bodies, ask_queries, ask_methods):
            part(document, checks)
            print(f"{part.__name__}: {checks.asked} requests, {len(checks.wrong)} not as they should be", flush=True)
        after = state(potd)
        for place, was in before.items():
            if after[place] != was:
                checks.wrong.append(f"{place} has changed: {was} -> {after[place]}")
        if not potd.alive():
            checks.wrong.append("potd has ended\n" + potd.log()[-6000:])
        for line in checks.wrong:
            print(line[:400])
        return 1 if checks.wrong or not checks.asked else 0


if __name__ == "__main__":
    sys.exit(main())
