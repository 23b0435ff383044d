/* SPDX-License-Identifier: Apache-2.0 */
/* Docstrings of the message class, for message.c alone. Their examples run as tests. */
#ifndef NMPY_MESSAGE_DOC_H
#define NMPY_MESSAGE_DOC_H

#include "module.h"

PyDoc_STRVAR(
    message_doc,
    "message(vid, msgtype, **fields)\n--\n\n"
    "One message: a mapping from field names to values, with the header as attributes.\n\n"
    "vid and msgtype are the numbers of vendor and type; the classes of the types, such as\n"
    "nmsg.msgtype.base.http, know theirs. Keyword arguments set fields, all or none. Inputs give\n"
    "messages of these classes, and of nmsg.message itself for types that nobody here knows: "
    "those\n"
    "have a header and a payload, but no fields.\n\n"
    "A field is there if it has a value. Values are str for addresses and for enums (an int where\n"
    "the number has no symbol), int, float, bool, bytes for octets, domain names and record data,\n"
    "str for text (or bytes: see set_default_strings()). Repeated fields are lists, which belong\n"
    "to the message: what is appended to one is written. Assigning None deletes a field; what a\n"
    "type requires is written with its zero value then.\n\n"
    "What was assigned is what every view of the message shows, also of a field that is computed\n"
    "from others where nobody set it. Fields that are computed and never stored cannot be set.\n"
    "Hidden fields (nmsg.describe() tells) are there for who names them, as in m['ltype'], but\n"
    "not among keys(), values(), items(), fields, and not counted by len().\n\n"
    "Messages are equal when headers and payloads are, and not hashable. A message is always "
    "true,\n"
    "whatever its len(). copy() and the module copy give independent messages; pickles keep "
    "all.\n\n"
    "Assigning raises KeyError for a name that is no field of the type, TypeError, ValueError,\n"
    "OverflowError and nmsg.AddressError for a value that the field does not take.\n\n"
    ">>> import nmsg\n"
    ">>> m = nmsg.message(1, 5, srcip='192.0.2.1', dstport=80)\n"
    ">>> m['srcip'], 'proto' in m, dict(m)\n"
    "('192.0.2.1', False, {'srcip': '192.0.2.1', 'dstport': 80})\n"
    ">>> m['proto'] = 6\n"
    ">>> m.keys()\n"
    "['proto', 'srcip', 'dstport']");

PyDoc_STRVAR(keys_doc,
             "keys($self, /)\n--\n\n"
             "Names of the fields that have values, a list in the order of the type's table.\n\n"
             ">>> import nmsg\n"
             ">>> nmsg.msgtype.base.ipconn(dstport=80, proto=6).keys()\n"
             "['proto', 'dstport']");

PyDoc_STRVAR(values_doc, "values($self, /)\n--\n\n"
                         "Values of the fields, a list in the order of keys().\n\n"
                         ">>> import nmsg\n"
                         ">>> nmsg.msgtype.base.ipconn(dstport=80, proto=6).values()\n"
                         "[6, 80]");

PyDoc_STRVAR(items_doc, "items($self, /)\n--\n\n"
                        "Pairs of name and value, a list in the order of keys().\n\n"
                        ">>> import nmsg\n"
                        ">>> nmsg.msgtype.base.ipconn(dstport=80, proto=6).items()\n"
                        "[('proto', 6), ('dstport', 80)]");

PyDoc_STRVAR(get_doc,
             "get($self, key, default=None, /)\n--\n\n"
             "m[key] if the message has that field, else default. Never raises KeyError.\n\n"
             ">>> import nmsg\n"
             ">>> m = nmsg.msgtype.base.ipconn(dstport=80)\n"
             ">>> m.get('dstport'), m.get('srcport'), m.get('srcport', 0)\n"
             "(80, None, 0)");

PyDoc_STRVAR(
    update_doc,
    "update($self, other=(), /, **fields)\n--\n\n"
    "Assign many fields: all of them, or none if one is refused.\n\n"
    "other: a mapping, pairs of name and value, or a message, of which the fields that can be\n"
    "set are taken. Keyword arguments come last. Raises what assigning raises.\n\n"
    ">>> import nmsg\n"
    ">>> m = nmsg.msgtype.base.ipconn(proto=6)\n"
    ">>> m.update({'srcip': '192.0.2.1'}, srcport=2134, dstport=80)\n"
    ">>> m.update(srcport=1, dstport=65536)\n"
    "Traceback (most recent call last):\n"
    "OverflowError: ipconn.dstport: 65536 is out of range for uint16 (0 to 65535)\n"
    ">>> m['srcport']\n"
    "2134");

PyDoc_STRVAR(pop_doc,
             "pop($self, key, default=<unrepresentable>, /)\n--\n\n"
             "Delete a field and return the value that it had.\n\n"
             "Without such a value: default, or KeyError when none is given. TypeError for\n"
             "a field that is computed.\n\n"
             ">>> import nmsg\n"
             ">>> m = nmsg.msgtype.base.ipconn(dstport=80)\n"
             ">>> m.pop('dstport'), m.pop('dstport', None), len(m)\n"
             "(80, None, 0)");

PyDoc_STRVAR(setdefault_doc,
             "setdefault($self, key, default=None, /)\n--\n\n"
             "m[key] if the message has that field, else what it is after assigning default.\n\n"
             ">>> import nmsg\n"
             ">>> m = nmsg.msgtype.base.email()\n"
             ">>> m.setdefault('rcpt', []).append('a@example.org')\n"
             ">>> m['rcpt']\n"
             "['a@example.org']");

PyDoc_STRVAR(copy_doc,
             "copy($self, /)\n--\n\n"
             "An independent message of the same class: header, fields, unknown fields.\n\n"
             "Its lists are its own, too. Attributes of a program's class are the same\n"
             "objects, as with copy.copy(); copy.deepcopy() copies those as well.\n\n"
             ">>> import nmsg\n"
             ">>> m = nmsg.msgtype.base.email(rcpt=['a@example.org'])\n"
             ">>> other = m.copy()\n"
             ">>> other['rcpt'].append('b@example.org')\n"
             ">>> m['rcpt'], m == other, m == m.copy()\n"
             "(['a@example.org'], False, True)");

PyDoc_STRVAR(reduce_doc,
             "__reduce__($self, /)\n--\n\n"
             "For pickle and copy.deepcopy(). Pickles of any protocol keep the header,\n"
             "the octets, what was assigned and whether text is str or bytes.\n\n"
             ">>> import nmsg, pickle\n"
             ">>> m = nmsg.msgtype.base.ipconn(dstport=80)\n"
             ">>> pickle.loads(pickle.dumps(m)) == m\n"
             "True");

PyDoc_STRVAR(repr_html_doc,
             "_repr_html_($self, /)\n--\n\n"
             "The message as an HTML table, which notebooks show: header, and the fields as of\n"
             "text(), cut where they are long. Everything is escaped.\n\n"
             ">>> import nmsg\n"
             ">>> '&lt;b&gt;' in nmsg.msgtype.base.logline(message='<b>')._repr_html_()\n"
             "True");

PyDoc_STRVAR(sizeof_doc,
             "__sizeof__($self, /)\n--\n\nOctets of memory, those of the payload included.");

#endif
