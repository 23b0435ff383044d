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
    RemoteError as RemoteError,
)
from nmsg._nmsg import (
    TruncatedError as TruncatedError,
)
from nmsg._nmsg import (
    bad as bad,
)
from nmsg._nmsg import (
    capture_stats as capture_stats,
)
from nmsg._nmsg import (
    chalias_fnames as chalias_fnames,
)
from nmsg._nmsg import (
    describe as describe,
)
from nmsg._nmsg import (
    field_info as field_info,
)
from nmsg._nmsg import (
    input as input,
)
from nmsg._nmsg import (
    input_stats as input_stats,
)
from nmsg._nmsg import (
    io as io,
)
from nmsg._nmsg import (
    ip_pton as ip_pton,
)
from nmsg._nmsg import (
    lost as lost,
)
from nmsg._nmsg import (
    message as message,
)
from nmsg._nmsg import (
    message_fields as message_fields,
)
from nmsg._nmsg import (
    msgmod as msgmod,
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
    packet_capture as packet_capture,
)
from nmsg._nmsg import (
    print_nmsg_header as print_nmsg_header,
)
from nmsg._nmsg import (
    set_default_strings as set_default_strings,
)
from nmsg._nmsg import (
    type_info as type_info,
)
from nmsg._nmsg import (
    types as types,
)
from nmsg._open import open as open
from nmsg._packets import capture as capture
from nmsg._partitions import partition as partition
from nmsg._partitions import partitions as partitions

__all__ = [
    "AddressError",
    "DataWarning",
    "Error",
    "FormatError",
    "RemoteError",
    "TruncatedError",
    "bad",
    "capture",
    "capture_stats",
    "chalias_fnames",
    "describe",
    "field_info",
    "input",
    "input_open_file",
    "input_open_json",
    "input_open_sock",
    "input_stats",
    "io",
    "ip_pton",
    "lost",
    "message",
    "message_fields",
    "message_from_json",
    "msgmod",
    "msgmod_get_max_msgtype",
    "msgmod_grname_to_grid",
    "msgmod_mname_to_msgtype",
    "msgmod_msgtype_to_mname",
    "msgmod_oname_to_oid",
    "msgmod_vid_to_vname",
    "msgmod_vname_to_vid",
    "msgtype",
    "nullinput",
    "open",
    "output",
    "output_open_callback",
    "output_open_file",
    "output_open_json",
    "output_open_sock",
    "output_stats",
    "packet_capture",
    "partition",
    "partitions",
    "print_nmsg_header",
    "set_default_strings",
    "type_info",
    "types",
]

input_open_file = input.open_file
input_open_json = input.open_json
input_open_sock = input.open_sock
message_from_json = message.from_json
msgmod_get_max_msgtype = msgmod.get_max_msgtype
msgmod_grname_to_grid = msgmod.grname_to_grid
msgmod_mname_to_msgtype = msgmod.mname_to_msgtype
msgmod_msgtype_to_mname = msgmod.msgtype_to_mname
msgmod_oname_to_oid = msgmod.oname_to_oid
msgmod_vid_to_vname = msgmod.vid_to_vname
msgmod_vname_to_vid = msgmod.vname_to_vid
output_open_callback = output.open_callback
output_open_file = output.open_file
output_open_json = output.open_json
output_open_sock = output.open_sock

if _os.environ.get("NMSG_STRINGS"):
    set_default_strings(_os.environ["NMSG_STRINGS"])
