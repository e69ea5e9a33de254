"""Ends in Prefect what ran within a flow run whose process was killed: it cannot say so itself."""

from uuid import UUID

from prefect import Flow
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterId,
    FlowRunFilterParentFlowRunId,
    FlowRunFilterState,
    FlowRunFilterStateType,
    TaskRunFilter,
    TaskRunFilterState,
    TaskRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.states import Crashed

_UNDER_WAY = [StateType.RUNNING, StateType.PENDING]


def end_what_it_ran(flow: "Flow[..., object]", flow_run: FlowRun, state: State) -> None:  # noqa: ARG001 - as Prefect calls it
    """A hook for Prefect: called where the worker sees that a flow run crashed."""
    with get_client(sync_client=True) as client:
        _end(client, flow_run.id, state.message or "")


def _end(client: SyncPrefectClient, run: UUID, message: str) -> None:
    """The subflows and tasks of a run that are still under way."""
    subflows = FlowRunFilter(
        parent_flow_run_id=FlowRunFilterParentFlowRunId(any_=[run]),
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=_UNDER_WAY)),
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
