#!/usr/bin/env python3
"""Judges YAML documents by a JSON schema.

Usage: schema_verdicts.py SCHEMA < documents > verdicts

Standard input: one JSON string a line, each a YAML document. Standard output: for each a line, the
JSON list of what the schema says against it; a text that is no YAML has that as its only problem.
"""
import json
import sys

import jsonschema
import yaml


class Loader(yaml.SafeLoader):
    """YAML 1.1 as rules are read, where a date is a text."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for line in sys.stdin:
        try:
            document = yaml.load(json.loads(line), Loader=Loader)
            problems = [f"{e.json_path}: {e.message}" for e in validator.iter_errors(document)]
        except yaml.YAMLError as problem:
            problems = [f"not YAML: {problem}"]
        print(json.dumps(problems))


if __name__ == "__main__":
    main()
