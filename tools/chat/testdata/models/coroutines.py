"""room ADDR: what one caller says, the others hear. A coroutine for each caller.

NOTE: for who doesn't read, asyncio keeps as much as there is memory.
"""
import asyncio
import sys

callers = []


async def listen(lines, caller):
    callers.append(caller)
    while said := await lines.read(65536):
        for other in callers:
            if other is not caller:
                other.write(said)
    callers.remove(caller)
    caller.close()


async def main():
    host, port = sys.argv[1].rsplit(":", 1)
    door = await asyncio.start_server(listen, host, int(port), backlog=4096)
    await door.serve_forever()


asyncio.run(main())
