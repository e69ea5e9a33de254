"""Ends in Prefect what ran in a process that was killed: it cannot say so itself.

The worker does so for a run whose process it sees end. Nobody does for the runs of a worker that
has ended itself: they would stay Running, and keep the deployment's only slot from all to come.
"""

from uuid import UUID

from prefect import Flow
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterId,
    FlowRunFilterParentFlowRunId,
    FlowRunFilterParentTaskRunId,
    FlowRunFilterState,
    FlowRunFilterStateType,
    TaskRunFilter,
    TaskRunFilterState,
    TaskRunFilterStateType,
    WorkPoolFilter,
    WorkPoolFilterName,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.flows import load_flow_from_entrypoint
from prefect.states import Crashed, Scheduled

from orchestration.settings import PROJECT_DIR

_UNDER_WAY = [StateType.RUNNING, StateType.PENDING, StateType.CANCELLING]


def runs_under_way(client: SyncPrefectClient, pool: str) -> list[FlowRun]:
    """The runs of a work pool that its workers have taken and not ended."""
    return client.read_flow_runs(
        flow_run_filter=FlowRunFilter(state=_under_way()),
        work_pool_filter=WorkPoolFilter(name=WorkPoolFilterName(any_=[pool])),
    )


def end_without_worker(client: SyncPrefectClient, run: FlowRun) -> None:
    """End a run whose worker has ended, with what it ran, and call the hooks of its flow.

    One that had not begun waits for a worker again.
    """
    if run.state is None or run.state.is_pending():
        due = run.expected_start_time
        client.set_flow_run_state(run.id, Scheduled(scheduled_time=due), force=True)
        return
    state: State[object] = Crashed(message="The worker that ran it has ended, and its process.")
    client.set_flow_run_state(run.id, state, force=True)
    deployment = client.read_deployment(run.deployment_id) if run.deployment_id else None
    if deployment and deployment.entrypoint:
        flow: Flow[..., object]
        flow = load_flow_from_entrypoint(str(PROJECT_DIR / deployment.entrypoint))
        for hook in flow.on_crashed_hooks:
            hook(flow, run, state)


def end_left_behind(client: SyncPrefectClient) -> None:
    """End what is under way below runs that have ended, which could say so of themselves only."""
    below = FlowRunFilter(
        state=_under_way(), parent_task_run_id=FlowRunFilterParentTaskRunId(is_null_=False)
    )
    for each in client.read_flow_runs(flow_run_filter=below):
        task = client.read_task_run(each.parent_task_run_id) if each.parent_task_run_id else None
        run = client.read_flow_run(task.flow_run_id) if task and task.flow_run_id else None
        if run and run.state and run.state.is_final():
            _end(client, run.id, run.state.message or "")


def end_what_it_ran(flow: "Flow[..., object]", flow_run: FlowRun, state: State) -> None:  # noqa: ARG001 - as Prefect calls it
    """A hook for Prefect: called where the worker sees that a flow run crashed."""
    with get_client(sync_client=True) as client:
        _end(client, flow_run.id, state.message or "")


def _end(client: SyncPrefectClient, run: UUID, message: str) -> None:
    """The subflows and tasks of a run that are still under way."""
    subflows = FlowRunFilter(
        parent_flow_run_id=FlowRunFilterParentFlowRunId(any_=[run]), state=_under_way()
    )
    for each in client.read_flow_runs(flow_run_filter=subflows):
        _end(client, each.id, message)
        client.set_flow_run_state(each.id, Crashed(message=message), force=True)
    tasks = client.read_task_runs(
        flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=[run])),
        task_run_filter=TaskRunFilter(
            state=TaskRunFilterState(type=TaskRunFilterStateType(any_=_UNDER_WAY))
        ),
    )
    for task in tasks:
        client.set_task_run_state(task.id, Crashed(message=message), force=True)


def _under_way() -> FlowRunFilterState:
    return FlowRunFilterState(type=FlowRunFilterStateType(any_=_UNDER_WAY))
