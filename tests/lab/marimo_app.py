"""A marimo notebook of three views on one session, which test_marimo.py serves."""

import marimo

app = marimo.App()


@app.cell
def _():
    from llmwidgets import ModelSession, NextTokenBar, SamplerSlider, TokenView

    session = ModelSession(text="The capital of France is")
    return NextTokenBar, SamplerSlider, TokenView, session


@app.cell
def _(TokenView, session):
    TokenView(session)
    return


@app.cell
def _(NextTokenBar, session):
    NextTokenBar(session)
    return


@app.cell
def _(SamplerSlider, session):
    SamplerSlider(session)
    return


if __name__ == "__main__":
    app.run()
