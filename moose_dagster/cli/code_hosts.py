"""The one comment on a pull request of GitHub or a merge request of GitLab."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3
from urllib3.exceptions import HTTPError

from moose_dagster.errors import MooseDagsterError

_PAGE = 100  # comments in an answer, the most that both take
_SECONDS = 30
_OK = 300
_REFUSED = (401, 403)


@dataclass(frozen=True, slots=True)
class PullRequest:
    """The place of comments on one pull request.

    Attributes:
        comments: The address of its comments.
        headers: What every request has, the token among it.
        edit: The address of one comment, with `{}` for its id.
        edit_method: The method that changes a comment.
    """

    comments: str
    headers: Mapping[str, str]
    edit: str
    edit_method: str

    def write(self, marker: str, text: str) -> str:
        """Write *text* into the comment that begins with *marker*, or into a new one.

        Args:
            marker: The first line of the comment, such as an HTML comment, which is not shown.
            text: The text below it.

        Returns:
            What happened: `created`, `updated` or `unchanged`.

        Raises:
            MooseDagsterError: The server can't be reached or refuses.
        """
        body = f"{marker}\n{text}"
        for comment in self._existing():
            # GitHub gives line ends as browsers send them.
            existing = str(comment["body"] or "").replace("\r\n", "\n")
            if existing.partition("\n")[0] != marker:
                continue
            if existing.strip() == body.strip():
                return "unchanged"
            self._request(self.edit_method, self.edit.format(comment["id"]), {"body": body})
            return "updated"
        self._request("POST", self.comments, {"body": body})
        return "created"

    def _existing(self) -> Iterator[dict[str, Any]]:
        """Yield every comment, oldest first."""
        page = 1
        while True:
            address = f"{self.comments}?per_page={_PAGE}&page={page}&sort=asc&order_by=created_at"
            comments = self._request("GET", address)
            yield from comments
            if len(comments) < _PAGE:
                return
            page += 1

    def _request(self, method: str, address: str, body: Mapping[str, str] | None = None) -> Any:  # noqa: ANN401 - JSON
        place = address.partition("?")[0]
        try:
            response = urllib3.request(
                method, address, json=body, headers=dict(self.headers), timeout=_SECONDS
            )
        except HTTPError as error:
            raise MooseDagsterError(f"{place} can't be reached: {error}") from error
        if response.status >= _OK:
            hint = (
                "; the token needs the right to write comments"
                if response.status in _REFUSED
                else ""
            )
            raise MooseDagsterError(f"{method} {place} was answered with {response.status}{hint}.")
        try:
            return json.loads(response.data)
        except ValueError as error:
            raise MooseDagsterError(f"{method} {place} was not answered with JSON.") from error


def pull_request_of(environment: Mapping[str, str]) -> PullRequest:
    """Return the pull request that this run of CI is about.

    Args:
        environment: The variables that GitHub Actions or GitLab CI sets, and the token:
            GITHUB_TOKEN, or GITLAB_TOKEN.

    Raises:
        MooseDagsterError: This run is not for a pull request, or there is no token.
    """
    if environment.get("GITHUB_ACTIONS"):
        return _of_github(environment)
    if environment.get("GITLAB_CI"):
        return _of_gitlab(environment)
    raise MooseDagsterError(
        "comment runs in GitHub Actions and GitLab CI; neither GITHUB_ACTIONS nor GITLAB_CI is set."
    )


def _of_github(environment: Mapping[str, str]) -> PullRequest:
    number = _github_number(environment)
    repository = _variable(environment, "GITHUB_REPOSITORY")
    api = environment.get("GITHUB_API_URL", "https://api.github.com")
    issues = f"{api}/repos/{repository}/issues"
    return PullRequest(
        comments=f"{issues}/{number}/comments",
        headers={
            "Authorization": f"Bearer {_variable(environment, 'GITHUB_TOKEN')}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
            "User-Agent": "moose-dagster",
        },
        edit=f"{issues}/comments/{{}}",
        edit_method="PATCH",
    )


def _of_gitlab(environment: Mapping[str, str]) -> PullRequest:
    number = environment.get("CI_MERGE_REQUEST_IID")
    if not number:
        raise MooseDagsterError(
            "this pipeline is not one of a merge request: CI_MERGE_REQUEST_IID is not set. Run the "
            'job with `rules: - if: $CI_PIPELINE_SOURCE == "merge_request_event"`.'
        )
    project = _variable(environment, "CI_PROJECT_ID")
    api = _variable(environment, "CI_API_V4_URL")
    notes = f"{api}/projects/{project}/merge_requests/{number}/notes"
    return PullRequest(
        comments=notes,
        headers={"PRIVATE-TOKEN": _variable(environment, "GITLAB_TOKEN")},
        edit=f"{notes}/{{}}",
        edit_method="PUT",
    )


def _github_number(environment: Mapping[str, str]) -> int:
    """Return the number of the pull request, from the event or from the ref of its merge."""
    path = environment.get("GITHUB_EVENT_PATH", "")
    if path and Path(path).is_file():
        event = json.loads(Path(path).read_text(encoding="utf-8"))
        number = event.get("pull_request", {}).get("number")
        if isinstance(number, int):
            return number
    if found := re.match(r"refs/pull/(\d+)/", environment.get("GITHUB_REF", "")):
        return int(found[1])
    raise MooseDagsterError(
        "this run is not about a pull request; run the workflow with `on: pull_request`."
    )


def _variable(environment: Mapping[str, str], name: str) -> str:
    if not environment.get(name):
        raise MooseDagsterError(f"the environment variable {name} is not set.")
    return environment[name]
