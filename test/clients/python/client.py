"""A caller with a client made from openapi.json. Prints what it saw, as JSON."""

import json
import re
import sys
from urllib.parse import parse_qs, urlsplit

from imports_client import AuthenticatedClient
from imports_client.api.imports import (
    cancel_import,
    create_import,
    list_import_events,
    list_imports,
    show_import,
    show_import_status,
)
from imports_client.models import ImportParameters, ImportParametersMetadatas, Problem

url, token, album = sys.argv[1:]
client = AuthenticatedClient(base_url=url, token=token)


def create(filename):
    metadatas = {"nested": {"list": [1, 2.5, True, {"deeper": "<é>"}], "empty": {}}}
    body = ImportParameters(
        album_id=album, filename=filename, metadatas=ImportParametersMetadatas.from_dict(metadatas)
    )
    return create_import.sync(client=client, body=body)


def pages():
    """Every import of the album, page by page as the `Link` header says."""
    query = {"album_id": album, "limit": 2}
    while query is not None:
        answer = list_imports.sync_detailed(client=client, **query)
        yield answer.parsed
        link = re.fullmatch('<([^>]+)>; rel="next"', answer.headers.get("Link", ""))
        query = link and {name: values[0] for name, values in parse_qs(urlsplit(link[1]).query).items()}


created = [create("1.jpg"), create("2.jpg"), create("3.jpg")]
shown = show_import.sync(created[0].id, client=client)
event = list_import_events.sync(created[0].id, client=client)[0]
cancelled = cancel_import.sync(created[0].id, client=client)
status = show_import_status.sync(created[0].id, client=client)
problem = list_imports.sync(client=client, limit=0)
assert isinstance(problem, Problem)

print(
    json.dumps(
        {
            "created": [import_.to_dict() for import_ in created],
            "shown": shown.to_dict(),
            "pages": [[import_.params["filename"] for import_ in page] for page in pages()],
            "changed": [change["field"] for change in event.changes],
            "recorded": event.data["album_id"],
            "cancelled": [cancelled.status, status.status],
            "problem": {"type": problem.type_, "status": problem.status, "detail": problem.detail},
        }
    )
)
