"""A path that is blocked without being closed: each side goes on with its own, and all is one again afterwards."""
from support.waiting import until


def test_both_sides_go_on_and_agree_again(mesh, mock):
    left, right = mock(models=["left"]), mock(models=["right"])
    a = mesh.found("a", backends=[left.configured(data_class="internal")], walled=True)
    b = mesh.join("b", backends=[right.configured(data_class="internal")], walled=True, invite=["--data-class", "confidential"])
    mesh.until_whole()
    mesh.until_models(["left", "right"])
    for node in (a, b):
        node.wall.block()
    for here, there in ((a, b), (b, a)):
        until(lambda here=here, there=there: here.peers()[there.name]["state"] in ("suspect", "dead"), 15)
    assert a.chat("left").status == 200
    assert b.chat("right").status == 200
    refused = a.chat("right", timeout=30)
    assert refused.status in (404, 503, 504) and refused.error
    for node in (a, b):
        node.wall.open()
    mesh.until_whole()
    assert mesh.until_equal() < 5
    until(lambda: a.chat("right").status == 200 and b.chat("left").status == 200, 10)
