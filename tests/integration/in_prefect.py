"""What a real Prefect has of runs, read through its API as its pages read it."""

from dataclasses import dataclass
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterKey,
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterId,
    FlowRunFilterName,
    LogFilter,
    LogFilterFlowRunId,
)
from prefect.client.schemas.objects import Artifact, FlowRun, Log, TaskRun, TaskRunResult
from prefect.client.schemas.sorting import ArtifactSort, FlowRunSort, LogSort, TaskRunSort
from prefect.logging.handlers import APILogHandler


@dataclass(frozen=True)
class InPrefect:
    """Flow runs, their tasks and logs, and artifacts."""

    client: SyncPrefectClient

    def runs(self, flow_name: str) -> list[FlowRun]:
        """Of a flow, oldest first."""
        return self.client.read_flow_runs(
            flow_filter=FlowFilter(name=FlowFilterName(any_=[flow_name])),
            sort=FlowRunSort.START_TIME_ASC,
        )

    def newest(self, name: str) -> FlowRun:
        """The newest run of a name."""
        return self.client.read_flow_runs(
            flow_run_filter=FlowRunFilter(name=FlowRunFilterName(any_=[name])),
            sort=FlowRunSort.START_TIME_DESC,
        )[0]

    def tasks(self, run: FlowRun) -> list[TaskRun]:
        return self.client.read_task_runs(
            flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=[run.id])),
            sort=TaskRunSort.EXPECTED_START_TIME_ASC,
            limit=200,
        )

    def logs(self, run: FlowRun) -> list[Log]:
        """Of the run with its tasks, without those of its subflows."""
        APILogHandler().flush()
        return self.client.read_logs(
            LogFilter(flow_run_id=LogFilterFlowRunId(any_=[run.id])), sort=LogSort.TIMESTAMP_ASC
        )

    def said(self, run: FlowRun, level: int) -> dict[str, list[str]]:
        """What the tasks of a run logged at a level, by the task's name."""
        names = {each.id: each.name for each in self.tasks(run)}
        found: dict[str, list[str]] = {}
        for each in self.logs(run):
            if each.task_run_id and each.level == level:
                found.setdefault(names[each.task_run_id], []).append(each.message)
        return found

    def artifacts(self, series: str) -> list[Artifact]:
        """Newest first."""
        return self.client.read_artifacts(
            artifact_filter=ArtifactFilter(key=ArtifactFilterKey(any_=[series])),
            sort=ArtifactSort.CREATED_DESC,
        )


def ids(task: TaskRun, name: str) -> list[UUID]:
    """The task runs that an input of a task came from."""
    return [each.id for each in task.task_inputs.get(name, []) if isinstance(each, TaskRunResult)]
