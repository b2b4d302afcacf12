"""What hypercorn serves to a browser (ASGI): pages, and a WebSocket that answers to each message."""
import os

PAGE = os.environ["CHAT_PAGE"].encode()
ANSWER = os.environ["CHAT_ANSWER"]


async def app(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200,
                    "headers": [(b"content-type", b"text/html"), (b"content-length", str(len(PAGE)).encode())]})
        await send({"type": "http.response.body", "body": PAGE})
    elif scope["type"] == "websocket":
        while (event := await receive())["type"] != "websocket.disconnect":
            if event["type"] == "websocket.connect":
                await send({"type": "websocket.accept"})
            else:
                await send({"type": "websocket.send", "text": ANSWER})
    else:  # the server's own life
        for _ in ("startup", "shutdown"):
            await send({"type": f"{(await receive())['type']}.complete"})
