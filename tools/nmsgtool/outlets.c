/* SPDX-License-Identifier: Apache-2.0 */
/* Opening outputs, changing their files, and closing them. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/zmq_endpoint.h"
#include "tool.h"

enum { MTU_DEFAULT = 8192, PERMISSIONS = 0644 };

static const char *const kind_names[] = {
    [TOOL_SOCKET] = "socket", [TOOL_ZMQ] = "ZMQ",   [TOOL_KAFKA] = "Kafka", [TOOL_NMSG] = "nmsg",
    [TOOL_PRES] = "pres",     [TOOL_JSON] = "json", [TOOL_PCAP] = "pcap"};

static bool
is_file(tool_outlet_kind kind)
{
    return kind != TOOL_SOCKET && kind != TOOL_ZMQ && kind != TOOL_KAFKA;
}

static nm_output_options
output_options(const tool *t, tool_outlet_kind kind)
{
    static const nm_format formats[] = {
        [TOOL_SOCKET] = NM_FORMAT_NMSG, [TOOL_ZMQ] = NM_FORMAT_NMSG,
        [TOOL_KAFKA] = NM_FORMAT_NMSG, /* Or what it says. */
        [TOOL_NMSG] = NM_FORMAT_NMSG,   [TOOL_PRES] = NM_FORMAT_PRES,
        [TOOL_JSON] = NM_FORMAT_JSON,   [TOOL_PCAP] = NM_FORMAT_PCAP};
    nm_output_options options = is_file(kind)        ? nm_output_options_file()
                                : kind == TOOL_KAFKA ? nm_output_options_kafka()
                                                     : nm_output_options_socket();
    options.format = formats[kind];
    options.is_buffered = !t->options.is_unbuffered;
    options.is_compressed = t->options.is_compressed;
    options.zlevel = t->settings.zlevel != 0 ? t->settings.zlevel : options.zlevel;
    options.aliases = t->aliases;
    options.endline = nm_buffer_span(&t->settings.endline);
    options.permissions = PERMISSIONS;
    options.pool = t->pool;
    if (kind == TOOL_SOCKET) {
        options.container_len = t->options.mtu > 0 ? (size_t)t->options.mtu : MTU_DEFAULT;
    } else if (kind == TOOL_ZMQ) {
        options.container_len = NM_OUTPUT_ZMQ_LEN;
    }
    return options;
}

/* -- files -- */

/* Open the file of an output: the one that was named, or the next of those that are changed. */
static nm_status
open_file(tool *t, tool_outlet *outlet, nm_error *err)
{
    nm_output_options options = output_options(t, outlet->kind);
    if (outlet->path == NULL) {
        return nm_output_open_fd(STDOUT_FILENO, &options, &outlet->out, err);
    }
    const char *path = outlet->path;
    if (outlet->kick != NULL) {
        nm_status status = nm_kick_file_begin(outlet->kick, err);
        if (status != NM_OK) {
            return status;
        }
        path = nm_kick_file_part_name(outlet->kick);
    }
    nm_status status = nm_output_open_file(path, &options, &outlet->out, err);
    if (status == NM_E_SYSTEM) {
        (void)nm_error_set_system(err, err->sys_errno, "unable to open %.180s for writing", path);
    }
    return status;
}

static void
fail(tool *t, tool_outlet *outlet, const nm_error *err)
{
    char text[512];
    if (outlet->path == NULL && is_file(outlet->kind) && err->sys_errno == EPIPE) {
        t->is_pipe_closed = true; /* Whoever read it has seen enough. */
    } else if (!outlet->has_failed) {
        tool_say("%s: %s", outlet->name, tool_error_text(err, text, sizeof text));
        t->has_failed = true;
    }
    outlet->has_failed = true;
}

/* Write what is left and close. */
static nm_status
close_output(tool *t, tool_outlet *outlet)
{
    nm_error err = {.code = NM_OK};
    if (outlet->out == NULL) {
        return NM_OK;
    }
    nm_status status = nm_output_close(outlet->out, nm_relay_wait(t->relay), &err);
    if (status == NM_STOPPED || status == NM_AGAIN) {
        (void)nm_error_set(&err, NM_STOPPED, 0, "nobody takes what is left to write");
    }
    if (status != NM_OK) {
        fail(t, outlet, &err);
    }
    nm_output_stats stats = nm_output_stats_get(outlet->out);
    if (stats.send_errors > 0) {
        tool_say("%s: %" PRIu64 " datagrams were refused", outlet->name, stats.send_errors);
    }
    if (stats.queued > stats.delivered) {
        tool_say("%s: %" PRIu64 " of %" PRIu64 " records were not delivered", outlet->name,
                 stats.queued - stats.delivered, stats.queued);
    }
    nm_output_free(outlet->out);
    outlet->out = NULL;
    if (outlet->kick != NULL && status == NM_OK) {
        nm_error failure;
        char text[512];
        if (nm_kick_file_finish(outlet->kick, &failure) != NM_OK) {
            tool_say("WARNING: %s", tool_error_text(&failure, text, sizeof text));
            t->has_failed = true;
        }
    }
    return status;
}

/* -- opening -- */

/* Of a name as the command line has it, one that stays good after chdir(). @return NULL: no memory.
 */
static char *
absolute(const char *name)
{
    char *folder = name[0] != '/' ? getcwd(NULL, 0) : NULL;
    if (folder == NULL) {
        return strdup(name);
    }
    size_t len = strlen(folder) + strlen(name) + 2;
    char *path = malloc(len);
    if (path != NULL) {
        (void)snprintf(path, len, "%s/%s", folder, name);
    }
    free(folder);
    return path;
}

static tool_outlet *
add_outlet(tool *t, tool_outlet_kind kind, const char *name)
{
    tool_outlet *outlet = calloc(1, sizeof *outlet);
    tool_outlet **outlets = realloc(t->outlets, (t->outlet_count + 1) * sizeof *outlets);
    t->outlets = outlets != NULL ? outlets : t->outlets;
    char *copy = strdup(name);
    if (outlet == NULL || outlets == NULL || copy == NULL) {
        free(copy);
        free(outlet);
        return NULL;
    }
    outlet->name = copy;
    outlet->kind = kind;
    outlets[t->outlet_count++] = outlet;
    return outlet;
}

static bool
no_memory(void)
{
    tool_say("no memory for an output");
    return false;
}

/* The output is open, or that failed. */
static bool
finish(tool *t, tool_outlet *outlet, nm_status status, nm_error *err)
{
    char text[512];
    if (status == NM_OK) {
        status = nm_relay_add_output(t->relay, &outlet->out, err);
    }
    if (status != NM_OK) {
        tool_say("%s", tool_error_text(err, text, sizeof text));
        return false;
    }
    bool is_text = nm_output_format(outlet->out) == NM_FORMAT_JSON;
    bool is_file = outlet->kind == TOOL_NMSG || outlet->kind == TOOL_PCAP;
    tool_tell(t, is_file ? "%s file output: %s" : "nmsg %s output: %s",
              outlet->kind == TOOL_KAFKA && is_text ? "Kafka json" : kind_names[outlet->kind],
              outlet->name);
    return true;
}

static bool
open_named_file(tool *t, tool_outlet_kind kind, const char *name)
{
    static const char *const suffixes[] = {
        [TOOL_NMSG] = ".nmsg", [TOOL_PRES] = "", [TOOL_JSON] = ".json", [TOOL_PCAP] = ".pcap"};
    nm_error err;
    tool_outlet *outlet = add_outlet(t, kind, name);
    bool is_changed = t->settings.kicker != NULL;
    if (outlet == NULL) {
        return no_memory();
    }
    if (is_changed || strcmp(name, "-") != 0) {
        outlet->path = t->options.is_daemon ? absolute(name) : strdup(name);
        if (outlet->path == NULL) {
            return no_memory();
        }
    }
    if (is_changed) {
        outlet->kick = nm_kick_file_new(outlet->path, suffixes[kind], t->settings.kicker);
        if (outlet->kick == NULL) {
            return no_memory();
        }
    }
    nm_status status = open_file(t, outlet, &err);
    return finish(t, outlet, status, &err);
}

static bool
open_port(tool *t, const tool_ports *ports, unsigned port, nm_pace *pace)
{
    nm_error err;
    char name[NM_ADDRESS_TEXT_MAX + 16];
    nm_output_options options = output_options(t, TOOL_SOCKET);
    (void)snprintf(name, sizeof name, "%s/%u", ports->address, port);
    tool_outlet *outlet = add_outlet(t, TOOL_SOCKET, name);
    if (outlet == NULL) {
        return no_memory();
    }
    options.pace = pace;
    nm_status status = nm_output_open_udp(ports->address, port, /* is_broadcast= */ true, &options,
                                          &outlet->out, &err);
    bool is_open = finish(t, outlet, status, &err);
    if (is_open && ports->rate > 0) {
        tool_tell(t, "nmsg socket rate: %" PRIu64 " freq: %" PRIu64, ports->rate, ports->freq);
    }
    return is_open;
}

static bool
open_ports(tool *t, const char *text)
{
    tool_ports ports;
    nm_error err;
    nm_pace *pace = NULL;
    if (tool_ports_parse(text, 's', &ports, &err) != NM_OK) {
        tool_say("%s", err.message);
        return false;
    }
    if (ports.rate > 0) {
        pace = nm_pace_new(ports.rate, ports.burst);
        nm_pace **paces = realloc(t->paces, (t->pace_count + 1) * sizeof *paces);
        t->paces = paces != NULL ? paces : t->paces;
        if (pace == NULL || paces == NULL) {
            nm_pace_free(pace);
            return no_memory();
        }
        paces[t->pace_count++] = pace;
    }
    bool is_open = true;
    for (unsigned port = ports.first; is_open && port <= ports.last; port++) {
        is_open = open_port(t, &ports, port, pace);
    }
    return is_open;
}

static bool
open_endpoint(tool *t, const char *text)
{
    nm_error err;
    nm_zmq_endpoint endpoint;
    nm_output_options options = output_options(t, TOOL_ZMQ);
    tool_outlet *outlet = add_outlet(t, TOOL_ZMQ, text);
    if (outlet == NULL) {
        return no_memory();
    }
    nm_status status = nm_zmq_endpoint_parse(nm_span_of(text, strlen(text)), /* is_output= */ true,
                                             &endpoint, &err);
    if (status == NM_OK) {
        status = nm_output_open_zmq(&endpoint, &options, &outlet->out, &err);
    }
    return finish(t, outlet, status, &err);
}

static bool
open_topic(tool *t, const char *text)
{
    nm_error err;
    nm_kafka_options kafka;
    nm_output_options options = output_options(t, TOOL_KAFKA);
    if (!tool_kafka_options(t, text, &kafka)) {
        return false;
    }
    tool_outlet *outlet = add_outlet(t, TOOL_KAFKA, tool_kafka_name(text));
    if (outlet == NULL) {
        return no_memory();
    }
    nm_status status =
        nm_output_open_kafka(&kafka, &options, nm_relay_wait(t->relay), &outlet->out, &err);
    if (status == NM_STOPPED) {
        tool_say("signalled break");
        return false;
    }
    return finish(t, outlet, status, &err);
}

static bool
open_one(tool *t, tool_outlet_kind kind, const char *text)
{
    switch (kind) {
    case TOOL_SOCKET:
        return open_ports(t, text);
    case TOOL_ZMQ:
        return open_endpoint(t, text);
    case TOOL_KAFKA:
        return open_topic(t, text);
    default:
        return open_named_file(t, kind, text);
    }
}

bool
tool_open_outputs(tool *t, tool_outlet_kind kind, const tool_list *list)
{
    bool is_open = true;
    for (size_t i = 0; is_open && i < list->count; i++) {
        is_open = open_one(t, kind, list->items[i]);
    }
    return is_open;
}

/* -- while it runs -- */

nm_status
tool_output_failed(void *context, size_t output, size_t input, const nm_error *err)
{
    tool *t = context;
    if (err->code == NM_E_TYPE || err->code == NM_E_PARSE || err->code == NM_E_LIMIT) {
        tool_message_failed(t, input, err);
    } else {
        fail(t, t->outlets[output], err);
    }
    return NM_OK;
}

/* Of outputs that change files, the last: with its changes, totals are told. */
static bool
is_last_changing(const tool *t, size_t output)
{
    for (size_t i = output + 1; i < t->outlet_count; i++) {
        if (t->outlets[i]->kick != NULL) {
            return false;
        }
    }
    return t->outlets[output]->kick != NULL;
}

nm_status
tool_open_output(void *context, size_t output)
{
    tool *t = context;
    tool_outlet *outlet = t->outlets[output];
    nm_error err;
    if (is_last_changing(t, output)) {
        tool_tell_totals(t);
    }
    nm_status status = open_file(t, outlet, &err);
    if (status != NM_OK) {
        fail(t, outlet, &err);
        return status;
    }
    if (outlet->kick != NULL) {
        tool_tell(t, "reopened %s file output: %s", kind_names[outlet->kind],
                  nm_kick_file_name(outlet->kick));
    }
    return NM_OK;
}

/* True when the name of the output still is that of the file that is open. */
static bool
has_its_name(const tool_outlet *outlet)
{
    struct stat opened;
    struct stat named;
    return fstat(nm_output_fileno(outlet->out), &opened) == 0 && stat(outlet->path, &named) == 0 &&
           opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

/* Somebody may have moved the file: write what is left, and go on with the name. */
static nm_status
reopen(tool *t, size_t output)
{
    tool_outlet *outlet = t->outlets[output];
    nm_error err;
    if (outlet->out == NULL) {
        return NM_OK;
    }
    if (outlet->path == NULL || has_its_name(outlet)) {
        nm_status status = nm_output_flush(outlet->out, nm_relay_wait(t->relay), &err);
        if (status != NM_OK && status != NM_STOPPED) {
            fail(t, outlet, &err);
        }
        return status;
    }
    nm_status status = close_output(t, outlet);
    if (status == NM_OK) {
        status = tool_open_output(t, output);
    }
    return status;
}

nm_status
tool_renew_output(void *context, size_t output, nm_relay_reason reason)
{
    tool *t = context;
    tool_outlet *outlet = t->outlets[output];
    if (!is_file(outlet->kind)) {
        return NM_OK;
    }
    if (outlet->kick == NULL) {
        return reopen(t, output);
    }
    bool was_open = outlet->out != NULL;
    nm_status status = close_output(t, outlet);
    /* After a full file the next one begins with its first message, so that none stays empty. */
    if (status == NM_OK && was_open && reason != NM_RELAY_COUNT) {
        status = tool_open_output(t, output);
    }
    return status;
}

void
tool_close_outputs(tool *t)
{
    for (size_t i = 0; i < t->outlet_count; i++) {
        tool_outlet *outlet = t->outlets[i];
        (void)close_output(t, outlet); /* It was told. */
        if (outlet->kick != NULL) {
            tool_tell(t, "closed output: %s", outlet->name);
        }
        nm_kick_file_free(outlet->kick);
        free(outlet->path);
        free(outlet->name);
        free(outlet);
    }
    for (size_t i = 0; i < t->pace_count; i++) {
        nm_pace_free(t->paces[i]);
    }
    free(t->outlets);
    free(t->paces);
    t->outlets = NULL;
    t->outlet_count = 0;
    t->paces = NULL;
    t->pace_count = 0;
}
