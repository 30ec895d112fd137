"""Lies about what a relay delivers, for between.py: to people of scenarios and of browser tests."""
import between
from between import Between, History, Lie


class Switch:
    """One address for a person's whole life, at which the truth is told until make says
    otherwise, to each connection from then on."""

    def __init__(self, relay_port):
        self.seen = {}
        self.tell_truth()
        self.between = Between(relay_port, lambda: self.make())
        self.port = self.between.port

    def tell_truth(self):
        self.make = lambda: Noting(self.seen)

    def rewrite(self, change):
        """From what was seen last on, another past."""
        self.make = lambda: Tail(change, self.seen)


class Noting(Lie):
    """The truth; notes how far each topic is, as [seq, rev, hash]."""

    def __init__(self, seen):
        self.seen = seen

    def to_client(self, message):
        answer = message[0]
        if answer.get("verb") == "event" and \
                answer["seq"] > self.seen.get(answer["topic"], [0])[0]:
            self.seen[answer["topic"]] = [answer["seq"], answer["rev"],
                                          between.decode(answer["hash"])]
        return [message]


class Tail(History):
    """History that goes on from what the client has seen already."""

    def __init__(self, change, seen):
        super().__init__(change)
        self.shown = {topic: list(place) for topic, place in seen.items()}

    def to_relay(self, message):
        if message[0].get("verb") == "topic.subscribe" and message[0]["after"] == 0:
            self.shown.pop(message[0]["topic"], None)  # by somebody who has seen nothing
        return super().to_relay(message)


class Several(Lie):
    """One lie after the other, as towards the client."""

    def __init__(self, lies):
        self.lies = lies

    def to_relay(self, message):
        messages = [message]
        for lie in reversed(self.lies):
            messages = [each for one in messages for each in lie.to_relay(one)]
        return messages

    def to_client(self, message):
        messages = [message]
        for lie in self.lies:
            messages = [each for one in messages for each in lie.to_client(one)]
        return messages


class Hello(Lie):
    """Another hello; a change may be made from the true one."""

    def __init__(self, **changes):
        self.changes = changes

    def to_client(self, message):
        if message[0].get("verb") == "hello":
            return [(changed(message[0], self.changes), None)]
        return [message]


class Clock(Lie):
    """It is another time, as often as the relay is asked."""

    def __init__(self, ahead_ms):
        self.ahead_ms = ahead_ms

    def to_client(self, message):
        answer, body = message
        if answer.get("verb") == "hello" or ("re" in answer and "time" in answer):
            answer = changed(answer, {"time": answer["time"] + self.ahead_ms})
        return [(answer, body)]


class Answers(Lie):
    """change(request, answer, body) makes another answer to one verb."""

    def __init__(self, verb, change):
        self.verb, self.change, self.asked = verb, change, {}

    def to_relay(self, message):
        if message[0]["verb"] == self.verb:
            self.asked[message[0]["id"]] = message[0]
        return [message]

    def to_client(self, message):
        request = self.asked.get(message[0].get("re"))
        if request is None or not message[0].get("ok"):
            return [message]
        return [self.change(request, *message)]


class Records(Lie):
    """Other records of inboxes."""

    def __init__(self, change):
        self.change = change

    def to_client(self, message):
        answer, body = message
        if answer.get("verb") == "event" and answer["type"] == "inbox_set":
            return [(answer, self.change(body))]
        return [message]


def flipped(data, at=-1):
    data = bytearray(data)
    data[at] ^= 1
    return bytes(data)


def changed(event, changes):
    return dict(event, **{name: value(event) if callable(value) else value
                          for name, value in changes.items()})


def at_type(kind, change):
    return lambda event, body: (change(event, body) if event["type"] == kind
                                else [(event, body)])


def with_head(kind, **changes):
    """Another head, hashed anew; a change may be made from the event."""
    return at_type(kind, lambda event, body: [(changed(event, changes), body)])


def hidden(kind, times=None):
    """Those of that kind, or as many of them."""
    left = [times]

    def change(event, body):
        if event["type"] != kind or left[0] == 0:
            return [(event, body)]
        if times is not None:
            left[0] -= 1
        return []
    return change


def replayed(first, kind):
    """The event first once more in the place of one of that kind."""
    kept = {}

    def change(event, body):
        if event["type"] == first:
            kept["event"] = (event, body)
        elif event["type"] == kind:
            return [kept["event"]]
        return [(event, body)]
    return change


def invented(kind, as_type, **head):
    """In the place of one of that kind, with a body that says nothing."""
    return at_type(kind, lambda event, body: [(
        {name: value for name, value in dict(event, type=as_type, **head).items()
         if value is not None}, b"\0" * 300)])
