"""`python -m xiuhua …` is `xiuhua …`."""

from xiuhua.cli import main

main()
