"""Pages to hand out: one HTML file in which the views live on without a notebook, a kernel or a network.

    session.export("lesson.html")              states.py, page.py
    llmwidgets export lesson.ipynb             notebook.py, running.py

The page's own half is js/handout/.
"""
