# SPDX-License-Identifier: Apache-2.0
"""NMSG: typed messages in containers, in files and over UDP.

import nmsg

with nmsg.output.open_file("out.nmsg") as writer:
    writer.write(nmsg.msgtype.base.ipconn(srcip="192.0.2.1", dstport=80))

with nmsg.input.open_file("out.nmsg") as reader:
    for m in reader:
        print(m.vname, m.mname, m["srcip"])
"""

import os as _os

from nmsg._nmsg import (
    AddressError as AddressError,
)
from nmsg._nmsg import (
    DataWarning as DataWarning,
)
from nmsg._nmsg import (
    Error as Error,
)
from nmsg._nmsg import (
    FormatError as FormatError,
)
from nmsg._nmsg import (
    TruncatedError as TruncatedError,
)
from nmsg._nmsg import (
    bad as bad,
)
from nmsg._nmsg import (
    input as input,
)
from nmsg._nmsg import (
    input_stats as input_stats,
)
from nmsg._nmsg import (
    lost as lost,
)
from nmsg._nmsg import (
    message as message,
)
from nmsg._nmsg import (
    msgtype as msgtype,
)
from nmsg._nmsg import (
    nullinput as nullinput,
)
from nmsg._nmsg import (
    output as output,
)
from nmsg._nmsg import (
    output_stats as output_stats,
)
from nmsg._nmsg import (
    print_nmsg_header as print_nmsg_header,
)
from nmsg._nmsg import (
    set_default_strings as set_default_strings,
)

__all__ = [
    "AddressError",
    "DataWarning",
    "Error",
    "FormatError",
    "TruncatedError",
    "bad",
    "input",
    "input_open_file",
    "input_open_json",
    "input_open_sock",
    "input_stats",
    "lost",
    "message",
    "message_from_json",
    "msgtype",
    "nullinput",
    "output",
    "output_open_file",
    "output_open_json",
    "output_open_sock",
    "output_stats",
    "print_nmsg_header",
    "set_default_strings",
]

input_open_file = input.open_file
input_open_json = input.open_json
input_open_sock = input.open_sock
message_from_json = message.from_json
output_open_file = output.open_file
output_open_json = output.open_json
output_open_sock = output.open_sock

if _os.environ.get("NMSG_STRINGS"):
    set_default_strings(_os.environ["NMSG_STRINGS"])
