"""A stand-in for the comments of GitHub and GitLab, on 127.0.0.1."""

import json
import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "let-me-in"
_COMMENTS = re.compile(
    r"/repos/team/shop/issues/7/comments|/api/v4/projects/12/merge_requests/7/notes"
)
_COMMENT = re.compile(
    r"/repos/team/shop/issues/comments/(\d+)|/api/v4/projects/12/merge_requests/7/notes/(\d+)"
)


@dataclass
class CodeHost:
    """What it holds.

    Attributes:
        url: Its address.
        comments: The text of each comment by its id.
        requests: What was asked for, such as `POST /repos/...`.
        answer: The status and body of every answer, where it is broken.
    """

    url: str
    comments: dict[int, str] = field(default_factory=dict[int, str])
    requests: list[str] = field(default_factory=list[str])
    answer: tuple[int, bytes] | None = None

    @property
    def github(self) -> dict[str, str]:
        """The variables of a run in GitHub Actions."""
        return {
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": self.url,
            "GITHUB_REPOSITORY": "team/shop",
            "GITHUB_REF": "refs/pull/7/merge",
            "GITHUB_TOKEN": TOKEN,
        }

    @property
    def gitlab(self) -> dict[str, str]:
        """The variables of a pipeline of GitLab."""
        return {
            "GITLAB_CI": "true",
            "CI_API_V4_URL": f"{self.url}/api/v4",
            "CI_PROJECT_ID": "12",
            "CI_MERGE_REQUEST_IID": "7",
            "GITLAB_TOKEN": TOKEN,
        }

    def writes(self) -> list[str]:
        """Return the methods of the requests that wrote something, and forget all requests."""
        methods = [request.split()[0] for request in self.requests]
        self.requests.clear()
        return [method for method in methods if method != "GET"]

    def add(self, text: str) -> None:
        self.comments[len(self.comments) + 1] = text

    def answered(self, method: str, path: str, body: dict[str, str]) -> tuple[int, Any]:
        parts = urlsplit(path)
        self.requests.append(f"{method} {parts.path}")
        if _COMMENTS.fullmatch(parts.path):
            if method == "POST":
                self.add(body["body"])
                return 201, {"id": len(self.comments)}
            query = parse_qs(parts.query)
            per_page, page = int(query["per_page"][0]), int(query["page"][0])
            found = [{"id": number, "body": text} for number, text in self.comments.items()]
            return 200, found[per_page * (page - 1) : per_page * page]
        if found := _COMMENT.fullmatch(parts.path):
            # GitHub changes a comment with PATCH, and GitLab a note with PUT.
            if method != ("PATCH" if found[1] else "PUT"):
                return 405, {}
            self.comments[int(found[1] or found[2])] = body["body"]
            return 200, {}
        return 404, {}


@contextmanager
def code_host() -> Generator[CodeHost]:
    """Run the stand-in."""

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else {}
            tokens = {self.headers.get("Authorization"), self.headers.get("PRIVATE-TOKEN")}
            if host.answer is not None:
                status, text = host.answer
            elif not tokens & {f"Bearer {TOKEN}", TOKEN}:
                status, text = 401, b"{}"
            else:
                status, answer = host.answered(self.command, self.path, body)
                text = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PATCH = do_PUT = handle_any  # noqa: N815 - as the class wants them

        def log_message(self, *_: Any) -> None:
            """Write nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        host = CodeHost(f"http://127.0.0.1:{server.server_port}")
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield host
        finally:
            server.shutdown()
            thread.join()
