"""The page of what was measured of lesions drawn into real sockets."""


def write_page(rows): ...
