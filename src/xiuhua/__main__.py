"""`python -m xiuhua …` is `xiuhua …`."""

from xiuhua.cli import main

if __name__ == "__main__":  # a process that helps with a replay imports this too
    main()
