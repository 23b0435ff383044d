/* SPDX-License-Identifier: Apache-2.0 */
/* Opening inputs, and keeping count of what was bad in them. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/channel.h"
#include "io/zmq_endpoint.h"
#include "tool.h"

/* -- opening -- */

/* Make room for an input, and give it its name. @return NULL: no memory. */
static tool_inlet *
add_inlet(tool *t, const char *name)
{
    tool_inlet *inlet = calloc(1, sizeof *inlet);
    tool_inlet **inlets = realloc(t->inlets, (t->inlet_count + 1) * sizeof *inlets);
    t->inlets = inlets != NULL ? inlets : t->inlets;
    char *copy = strdup(name);
    if (inlet == NULL || inlets == NULL || copy == NULL) {
        free(copy);
        free(inlet);
        return NULL;
    }
    inlet->name = copy;
    inlets[t->inlet_count++] = inlet;
    return inlet;
}

static nm_input_options
input_options(const tool *t)
{
    nm_input_options options = nm_input_options_default();
    options.aliases = t->aliases;
    options.schema = t->settings.schema;
    options.endline = nm_buffer_span(&t->settings.endline);
    options.is_undecoded = true;
    options.change = t->settings.change;
    options.pool = t->pool;
    options.texts = t->texts;
    options.text_count = t->text_count;
    return options;
}

/* The input is open, or that failed. */
static bool
finish(tool *t, tool_inlet *inlet, nm_status status, const nm_error *err)
{
    char text[512];
    nm_error failure;
    if (status != NM_OK) {
        if (inlet != NULL && !inlet->is_socket && status == NM_E_SYSTEM) {
            tool_say("unable to open %s for reading: %s", inlet->name, strerror(err->sys_errno));
        } else {
            tool_say("%s", tool_error_text(err, text, sizeof text));
        }
        return false;
    }
    if (!inlet->is_text && !inlet->is_pcap) {
        nm_input_set_filter(inlet->in, &t->settings.filter);
    }
    if (nm_relay_add_input(t->relay, inlet->in, &failure) != NM_OK) {
        tool_say("%s", failure.message);
        return false;
    }
    tool_tell(t, "%s input: %s",
              inlet->is_zmq         ? "nmsg ZMQ"
              : inlet->is_kafka     ? inlet->is_text ? "nmsg Kafka json" : "nmsg Kafka"
              : inlet->is_socket    ? "nmsg socket"
              : inlet->is_interface ? "pcap interface"
              : inlet->is_pcap      ? "pcap file"
              : inlet->is_pres      ? "nmsg pres"
              : inlet->is_text      ? "nmsg json"
                                    : "nmsg file",
              inlet->name);
    return true;
}

static bool
no_memory(void)
{
    tool_say("no memory for an input");
    return false;
}

static bool
open_file(tool *t, const char *name, nm_format format)
{
    nm_error err;
    nm_input_options options = input_options(t);
    tool_inlet *inlet = add_inlet(t, name);
    if (inlet == NULL) {
        return no_memory();
    }
    options.format = format;
    inlet->is_text = format != NM_FORMAT_NMSG;
    inlet->is_pres = format == NM_FORMAT_PRES;
    if (t->options.byte_rate > 0 && !inlet->is_text) {
        inlet->pace = nm_pace_new((uint64_t)t->options.byte_rate, /* burst= */ 1);
        if (inlet->pace == NULL) {
            return no_memory();
        }
        options.pace = inlet->pace;
    }
    nm_status status = strcmp(name, "-") == 0
                           ? nm_input_open_fd(STDIN_FILENO, &options, &inlet->in, &err)
                           : nm_input_open_file(name, &options, &inlet->in, &err);
    return finish(t, inlet, status, &err);
}

/* Listen on one port. */
static bool
open_port(tool *t, const char *address, unsigned port)
{
    nm_error err;
    char name[NM_ADDRESS_TEXT_MAX + 16];
    nm_input_options options = input_options(t);
    nm_endpoint endpoint = {.address = address, .port = port};
    (void)snprintf(name, sizeof name, "%s/%u", address, port);
    tool_inlet *inlet = add_inlet(t, name);
    if (inlet == NULL) {
        return no_memory();
    }
    inlet->is_socket = true;
    options.spreads_port = true;
    nm_status status = nm_input_open_udp(&endpoint, 1, &options, &inlet->in, &err);
    return finish(t, inlet, status, &err);
}

static bool
open_ports(tool *t, const char *text)
{
    tool_ports ports;
    nm_error err;
    if (tool_ports_parse(text, 'l', &ports, &err) != NM_OK) {
        tool_say("%s", err.message);
        return false;
    }
    bool is_open = true;
    for (unsigned port = ports.first; is_open && port <= ports.last; port++) {
        is_open = open_port(t, ports.address, port);
    }
    return is_open;
}

bool
tool_open_sockets(tool *t)
{
    bool is_open = true;
    for (size_t i = 0; is_open && i < t->options.read_sock.count; i++) {
        is_open = open_ports(t, t->options.read_sock.items[i]);
    }
    return is_open;
}

/* Open a ZeroMQ endpoint. */
static bool
open_endpoint(tool *t, nm_span text)
{
    nm_error err;
    nm_zmq_endpoint endpoint;
    nm_input_options options = input_options(t);
    char *name = strndup((const char *)text.data, text.len);
    tool_inlet *inlet = name != NULL ? add_inlet(t, name) : NULL;
    free(name);
    if (inlet == NULL) {
        return no_memory();
    }
    inlet->is_socket = true;
    inlet->is_zmq = true;
    nm_status status = nm_zmq_endpoint_parse(text, /* is_output= */ false, &endpoint, &err);
    if (status == NM_OK) {
        status = nm_input_open_zmq(&endpoint, &options, &inlet->in, &err);
    }
    return finish(t, inlet, status, &err);
}

bool
tool_open_endpoints(tool *t)
{
    bool is_open = true;
    for (size_t i = 0; is_open && i < t->options.read_zmq.count; i++) {
        const char *text = t->options.read_zmq.items[i];
        is_open = open_endpoint(t, nm_span_of(text, strlen(text)));
    }
    return is_open;
}

/* -- packets -- */

/* In the words that scripts know: what is not to be opened, or what cannot be made of packets. */
static bool
fail_packets(const tool_inlet *inlet, nm_status status, const nm_error *err)
{
    if (status == NM_E_ARGUMENT) {
        tool_say("nmsg_input_open_pcap() failed: %s", err->message);
    } else {
        bool is_unknown = err->sys_errno != 0 && !inlet->is_interface;
        tool_say("unable to add pcap %s input %s: %s%s%s",
                 inlet->is_interface ? "interface" : "file", inlet->name, err->message,
                 is_unknown ? ": " : "", is_unknown ? strerror(err->sys_errno) : "");
    }
    return false;
}

static bool
open_interface(tool *t, const char *text)
{
    char name[TOOL_INTERFACE_ROOM];
    nm_error err;
    nm_packet_options packets = t->settings.packets;
    nm_input_options options = input_options(t);
    options.packets = &packets;
    if (tool_interface_parse(text, name, &packets, &err) != NM_OK) {
        tool_say("%s", err.message);
        return false;
    }
    tool_inlet *inlet = add_inlet(t, name);
    if (inlet == NULL) {
        return no_memory();
    }
    inlet->is_interface = true;
    inlet->is_pcap = true;
    nm_status status = nm_input_open_interface(name, &options, &inlet->in, &err);
    return status == NM_OK ? finish(t, inlet, status, &err) : fail_packets(inlet, status, &err);
}

static bool
open_capture(tool *t, const char *name)
{
    nm_error err;
    nm_input_options options = input_options(t);
    tool_inlet *inlet = add_inlet(t, name);
    if (inlet == NULL) {
        return no_memory();
    }
    inlet->is_pcap = true;
    options.format = NM_FORMAT_PCAP;
    options.packets = &t->settings.packets;
    nm_status status = strcmp(name, "-") == 0
                           ? nm_input_open_fd(STDIN_FILENO, &options, &inlet->in, &err)
                           : nm_input_open_file(name, &options, &inlet->in, &err);
    return status == NM_OK ? finish(t, inlet, status, &err) : fail_packets(inlet, status, &err);
}

bool
tool_open_interfaces(tool *t)
{
    bool is_open = true;
    for (size_t i = 0; is_open && i < t->options.read_interface.count; i++) {
        is_open = open_interface(t, t->options.read_interface.items[i]);
    }
    return is_open;
}

bool
tool_open_captures(tool *t)
{
    bool is_open = true;
    for (size_t i = 0; is_open && i < t->options.read_pcap.count; i++) {
        is_open = open_capture(t, t->options.read_pcap.items[i]);
    }
    return is_open;
}

/* -- files -- */

bool
tool_open_files(tool *t)
{
    bool is_open = true;
    for (size_t i = 0; is_open && i < t->options.read_nmsg.count; i++) {
        is_open = open_file(t, t->options.read_nmsg.items[i], NM_FORMAT_NMSG);
    }
    return is_open;
}

bool
tool_open_texts(tool *t)
{
    bool is_open = true;
    for (size_t i = 0; is_open && i < t->options.read_pres.count; i++) {
        is_open = open_file(t, t->options.read_pres.items[i], NM_FORMAT_PRES);
    }
    for (size_t i = 0; is_open && i < t->options.read_json.count; i++) {
        is_open = open_file(t, t->options.read_json.items[i], NM_FORMAT_JSON);
    }
    return is_open;
}

static bool
open_topic(tool *t, const char *text)
{
    nm_error err;
    nm_kafka_options kafka;
    nm_input_options options = input_options(t);
    if (!tool_kafka_options(t, text, &kafka)) {
        return false;
    }
    tool_inlet *inlet = add_inlet(t, tool_kafka_name(text));
    if (inlet == NULL) {
        return no_memory();
    }
    inlet->is_socket = true;
    inlet->is_kafka = true;
    inlet->is_text = kafka.endpoint.form == NM_KAFKA_JSON;
    nm_status status =
        nm_input_open_kafka(&kafka, &options, nm_relay_wait(t->relay), &inlet->in, &err);
    if (status == NM_STOPPED) {
        tool_say("signalled break");
        return false;
    }
    return finish(t, inlet, status, &err);
}

bool
tool_open_topics(tool *t)
{
    bool is_open = true;
    for (size_t i = 0; is_open && i < t->options.read_kafka.count; i++) {
        is_open = open_topic(t, t->options.read_kafka.items[i]);
    }
    return is_open;
}

/* Open the places of a channel, all of them endpoints or none. */
static bool
open_channel(tool *t, nm_span text, const char *name, bool is_zmq)
{
    nm_channel_search search = nm_channel_search_init(text, nm_span_of(name, strlen(name)));
    nm_channel_place place;
    nm_error err;
    nm_status status;
    size_t count = 0;
    while ((status = nm_channel_place_next(&search, &place, &err)) == NM_OK) {
        count++;
        if (place.is_endpoint != is_zmq) {
            tool_say("usage error: %s", is_zmq ? "zchannel alias needs to be a ZeroMQ endpoint"
                                               : "channel alias appears to be a ZeroMQ endpoint");
            return false;
        }
        if (is_zmq && !open_endpoint(t, place.text)) {
            return false;
        }
        for (unsigned port = place.first_port; !is_zmq && port <= place.last_port; port++) {
            if (!open_port(t, place.address, port)) {
                return false;
            }
        }
    }
    if (status != NM_END) {
        tool_say("usage error: bad -l socket: %s", err.message);
    } else if (count == 0) {
        tool_say("usage error: %s alias lookup failed", is_zmq ? "zchannel" : "channel");
    }
    return status == NM_END && count > 0;
}

bool
tool_open_channels(tool *t)
{
    const tool_list *lists[] = {&t->options.read_channel, &t->options.read_zmq_channel};
    nm_buffer text;
    char *path = NULL;
    nm_error err;
    if (lists[0]->count + lists[1]->count == 0) {
        return true;
    }
    nm_buffer_init(&text, SIZE_MAX, &nm_allocator_heap);
    bool is_open = nm_channel_file_read(&text, &path, &err) == NM_OK;
    if (!is_open) {
        tool_say("usage error: channel alias lookup failed: %s", err.message);
    }
    for (size_t kind = 0; kind < 2; kind++) {
        for (size_t i = 0; is_open && i < lists[kind]->count; i++) {
            tool_tell(t, "looking up %schannel '%s'", kind == 1 ? "z" : "", lists[kind]->items[i]);
            is_open = open_channel(t, nm_buffer_span(&text), lists[kind]->items[i], kind == 1);
        }
    }
    free(path);
    nm_buffer_clear(&text);
    return is_open;
}

/* -- what was bad -- */

/* Count, and tell of the first of its kind. Of datagrams nothing is told unless it is asked for:
 * anybody may send them. */
static void
count_bad(const tool *t, tool_inlet *inlet, uint64_t *counter, const nm_error *err)
{
    char text[512];
    bool is_quiet = inlet->is_socket && t->options.debug < 2 && err->code != NM_E_REMOTE;
    if ((*counter)++ > 0 || is_quiet) {
        return;
    }
    (void)tool_error_text(err, text, sizeof text);
    const char *crc = strstr(text, "crc mismatch (");
    if (err->code == NM_E_CRC && crc != NULL) {
        /* Scripts look for what the peer says of these. */
        (void)fprintf(stderr, "libnmsg: WARNING: %s [%s: at offset %" PRIu64 "]\n", crc,
                      inlet->name, err->offset);
    } else if (inlet->is_text && !inlet->is_pres && counter != &inlet->bad_messages[err->code] &&
               err->code == NM_E_PARSE) {
        tool_say("%s: JSON parse error: %s", inlet->name, text);
    } else if (inlet->is_text || inlet->is_socket || inlet->is_interface ||
               err->code == NM_E_SYSTEM) {
        tool_say("%s: %s", inlet->name, text);
    } else {
        tool_say("%s: at offset %" PRIu64 ": %s", inlet->name, err->offset, text);
    }
}

/* Records without a header line do not say what they are. Scripts look for these words. */
static void
ask_for_type(const tool *t, const tool_inlet *inlet, const nm_error *err)
{
    if (inlet->is_pres && t->settings.schema == NULL && err->code == NM_E_PARSE &&
        inlet->bad_frames[NM_E_PARSE] == 1 && strstr(err->message, "a header line") != NULL) {
        tool_say("usage error: reading presentation or pcap data requires -V, -T");
    }
}

nm_status
tool_input_failed(void *context, size_t input, bool is_frame, const nm_error *err)
{
    tool *t = context;
    tool_inlet *inlet = t->inlets[input];
    count_bad(t, inlet, is_frame ? &inlet->bad_frames[err->code] : &inlet->bad_messages[err->code],
              err);
    ask_for_type(t, inlet, err);
    bool is_over = err->code == NM_E_SYSTEM || err->code == NM_E_REMOTE || err->code == NM_E_NOMEM;
    bool is_serious = is_frame && !inlet->is_socket && (!inlet->is_text || inlet->is_pres);
    t->has_failed = t->has_failed || is_over || is_serious;
    return NM_OK;
}

void
tool_message_failed(tool *t, size_t input, const nm_error *err)
{
    tool_inlet *inlet = t->inlets[input];
    nm_place place = nm_input_place(inlet->in);
    nm_error placed = *err;
    placed.offset = place.offset;
    if (inlet->is_text) {
        (void)snprintf(placed.message, sizeof placed.message, "line %" PRIu64 ": %.200s",
                       place.line, err->message);
    } else {
        (void)snprintf(placed.message, sizeof placed.message,
                       "payload %zu of the container: %.200s", place.payload, err->message);
    }
    count_bad(t, inlet, &inlet->bad_messages[err->code], &placed);
}

static void
tell_counts(const tool_inlet *inlet, const uint64_t *counts, const char *what)
{
    for (size_t code = 0; code < NM_STATUS_COUNT; code++) {
        if (counts[code] > 0 && code != NM_E_SYSTEM && code != NM_E_REMOTE && code != NM_E_NOMEM) {
            tool_say("%s: %" PRIu64 " %s%s skipped: %s", inlet->name, counts[code], what,
                     counts[code] == 1 ? "" : "s", nm_status_text((nm_status)code));
        }
    }
}

void
tool_close_inputs(tool *t)
{
    for (size_t i = 0; i < t->inlet_count; i++) {
        tool_inlet *inlet = t->inlets[i];
        if (!inlet->is_socket || t->options.debug >= 2) {
            if (!inlet->is_pcap) { /* Of a capture nothing is read behind what is bad. */
                tell_counts(inlet, inlet->bad_frames,
                            inlet->is_pres   ? "record"
                            : inlet->is_text ? "line"
                                             : "container");
            }
            tell_counts(inlet, inlet->bad_messages, "message");
        }
        if (inlet->in != NULL && !t->has_failed) {
            nm_input_release(
                inlet->in); /* Outputs are closed, so that all is where it should be. */
        }
        nm_input_free(inlet->in);
        nm_pace_free(inlet->pace);
        free(inlet->name);
        free(inlet);
    }
    free(t->inlets);
    t->inlets = NULL;
    t->inlet_count = 0;
}

nm_input_stats
tool_input_totals(const tool *t)
{
    nm_input_stats totals = {.messages = 0};
    for (size_t i = 0; i < t->inlet_count; i++) {
        if (t->inlets[i]->in != NULL) {
            nm_input_stats stats = nm_input_stats_get(t->inlets[i]->in);
            totals.messages += stats.messages;
            totals.containers += t->inlets[i]->is_text ? 0 : stats.containers;
            totals.sequence_lost += stats.sequence_lost;
        }
    }
    return totals;
}
