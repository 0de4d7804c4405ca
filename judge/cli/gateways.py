"""`judge gateways`: which models problems may ask and what was spent; `judge small-model`: one of our own."""

import json
import sys
import time
from typing import Annotated, Any

import typer

from judge.cli.console import HomeOption, clear_errors, given
from judge.cli.exits import ExitCode

app = typer.Typer(help="Gateways to models, for problems of kind prompt.", no_args_is_help=True)

TRY_S = 60.0


@app.callback()
def main() -> None:
    """Gateways to models, for problems of kind prompt."""


@app.command("list")
def list_gateways(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
    home: HomeOption = None,
) -> None:
    """List gateways and their models, with the tokens that submissions really cost so far. Never a key."""
    from judge import settings as configuration

    with clear_errors():
        rows = _rows(configuration.load(**given(home=home)))
    if as_json:
        sys.stdout.write(json.dumps(rows, indent=2) + "\n")
        return
    if not rows:
        sys.stdout.write("no gateway is configured: see JUDGE_GATEWAYS, or set JUDGE_SMALL_MODEL=true\n")
    for row in rows:
        said = f"{row['gateway']}  {row['model']}  {row['url']}\n"
        spent = f"{row['n_requests']} requests, {row['prompt_tokens']} + {row['completion_tokens']} tokens"
        sys.stdout.write(f"{said}  {spent}, cost {row['cost']:.4f}\n")


@app.command()
def check(
    name: Annotated[str, typer.Argument(help="Name of the gateway.")],
    home: HomeOption = None,
) -> None:
    """Put one short question to each model of a gateway; says what the service answered."""
    from judge import settings as configuration
    from judge.worker.gateway.calls import GatewayFault, ModelRequest, PromptTooLong
    from judge.worker.gateway.client import GatewayClient

    with clear_errors():
        gateways = configuration.load(**given(home=home)).effective_gateways
        if name not in gateways:
            sys.stderr.write(f"no gateway is called {name}; there are: {', '.join(gateways) or 'none'}\n")
            raise typer.Exit(ExitCode.USAGE)
        client = GatewayClient(name, gateways[name])
        try:
            for model in gateways[name].models:
                messages = ({"role": "user", "content": "Say yes."},)
                request = ModelRequest(name, model, messages, {"temperature": 0.0, "max_tokens": 8})
                reply = client.ask(request, deadline_s=time.monotonic() + TRY_S, pause=time.sleep)
                used = f"{reply.n_tokens} tokens, {reply.latency_s:.2f} s"
                sys.stdout.write(f"{model}: {reply.text!r} ({used})\n")
        except (GatewayFault, PromptTooLong) as fault:
            sys.stderr.write(f"{fault}\n")
            raise typer.Exit(ExitCode.UNAVAILABLE) from fault
        finally:
            client.close()


def small_model(home: HomeOption = None) -> None:
    """Run the small model that comes with the judge; `judge up` does so where JUDGE_SMALL_MODEL is true."""
    from judge import settings as configuration
    from judge.stack import small_model as server

    with clear_errors():
        server.run(configuration.load(**given(home=home)))


def _rows(settings: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - its type would cost an import at start
    from judge import runtime as runtimes
    from judge.services import model_answers

    runtime = runtimes.build(settings)
    try:
        with runtime.database.read() as session:
            spent = {(one.gateway, one.model): one for one in model_answers.list_spending(session)}
    finally:
        runtime.close()
    rows = []
    for name, terms in settings.effective_gateways.items():
        for model, price in terms.models.items():
            one = spent.get((name, model)) or model_answers.Spending(name, model, 0, 0, 0)
            rows.append(
                {
                    "gateway": name,
                    "model": model,
                    "url": terms.url,
                    "n_requests": one.n_requests,
                    "prompt_tokens": one.prompt_tokens,
                    "completion_tokens": one.completion_tokens,
                    "cost": price.cost(one.prompt_tokens, one.completion_tokens),
                }
            )
    return rows
