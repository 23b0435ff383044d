/* SPDX-License-Identifier: Apache-2.0 */
/* nmsgtool: passes NMSG messages from inputs to outputs. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/alias_files.h"
#include "io/backend.h"
#include "io/os.h"
#include "tool.h"

/* -- telling -- */

void
tool_say(const char *format, ...)
{
    char line[1024] = "nmsgtool: ";
    size_t head = strlen(line);
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(line + head, sizeof line - head - 1, format, arguments);
    va_end(arguments);
    if (len >= 0) {
        size_t end = strnlen(line, sizeof line - 2);
        line[end] = '\n';
        line[end + 1] = '\0';
        (void)fputs(line, stderr); /* There is no other place to tell that this failed. */
    }
}

const char *
tool_error_text(const nm_error *err, char *out, size_t room)
{
    (void)snprintf(out, room, "%s%s%s", err->message, err->sys_errno != 0 ? ": " : "",
                   err->sys_errno != 0 ? strerror(err->sys_errno) : "");
    return out;
}

/* What --version tells of libraries that this build lacks. */
static const char *
without(char *out, size_t room)
{
    static const nm_backend backends[] = {NM_BACKEND_PCAP, NM_BACKEND_ZMQ, NM_BACKEND_KAFKA};
    size_t len = 0;
    out[0] = '\0';
    for (size_t i = 0; i < sizeof backends / sizeof *backends; i++) {
        if (!nm_backend_is_present(backends[i]) && len < room) {
            len += (size_t)snprintf(out + len, room - len, "%s%s", len == 0 ? " (without " : ", ",
                                    nm_backend_library(backends[i]));
        }
    }
    if (len > 0 && len < room) {
        (void)snprintf(out + len, room - len, " support)");
    }
    return out;
}

/* -- signals -- */

/* What the handlers reach. */
static nm_relay *volatile running;
static volatile sig_atomic_t last_signal;

static void
on_signal(int number)
{
    int before = errno;
    if (number == SIGHUP) {
        nm_relay_reopen(running);
    } else {
        last_signal = number;
        nm_relay_stop(running);
    }
    errno = before;
}

static void
handle_signals(nm_relay *relay)
{
    static const int handled[] = {SIGINT, SIGTERM, SIGHUP};
    static const int ignored[] = {SIGPIPE, SIGXFSZ}; /* Writing tells. */
    struct sigaction action;
    memset(&action, 0, sizeof action);
    sigemptyset(&action.sa_mask);
    running = relay;
    action.sa_handler = on_signal;
    for (size_t i = 0; i < sizeof handled / sizeof *handled; i++) {
        (void)sigaction(handled[i], &action, NULL); /* Cannot fail with these numbers. */
    }
    action.sa_handler = SIG_IGN;
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++) {
        (void)sigaction(ignored[i], &action, NULL);
    }
}

/* -- setting up -- */

/* Aliases are a convenience: where they cannot be had, numbers will do. As in the peer, a file that
 * the environment names counts whole or not at all. */
static nm_alias_table *
load_aliases(nm_alias_kind kind, const char *variable)
{
    char text[512];
    nm_error err;
    nm_alias_table *table = NULL;
    char *path = NULL;
    if (nm_alias_file_load(kind, &table, &path, &err) != NM_OK) {
        tool_say("%s", tool_error_text(&err, text, sizeof text));
        return NULL;
    }
    size_t line = nm_alias_malformed_line(table);
    if (line > 0) {
        bool is_named = getenv(variable) != NULL;
        tool_say("%s: line %zu is not a number and a name; %s", path, line,
                 is_named ? "the file is not used" : "it and what follows is not used");
        if (is_named) {
            nm_alias_table_free(table);
            table = NULL;
        }
    }
    free(path);
    return table;
}

/* Whether a message passes the filters. */
static bool
wants(void *context, const nm_payload *payload)
{
    tool *t = context;
    (void)payload;
    for (size_t i = 0; i < t->settings.sample_count; i++) {
        if (!nm_sample_takes(&t->settings.samples[i])) {
            return false;
        }
    }
    return !t->settings.drops_rest;
}

/* Workers for all processors; where there is one only, whoever has work does it. */
static bool
make_pool(tool *t)
{
    unsigned processors = nm_processor_count();
    nm_error err;
    if (nm_worker_pool_new(processors > 1 ? processors : 0, &t->pool, &err) != NM_OK) {
        tool_say("%s", err.message);
        return false;
    }
    return true;
}

/* Have workers write as text what will be written as text by all outputs, or by each one of them.
 * With filters that choose among messages, too much would be written. */
static void
plan_texts(tool *t)
{
    const tool_options *o = &t->options;
    bool has_nmsg = o->write_nmsg.count + o->write_sock.count + o->write_zmq.count > 0;
    bool has_json = o->write_json.count > 0;
    for (size_t i = 0; i < o->write_kafka.count; i++) {
        *(tool_kafka_takes_text(t, o->write_kafka.items[i]) ? &has_json : &has_nmsg) = true;
    }
    bool has_pres = o->write_pres.count > 0 || (!has_nmsg && !has_json && o->write_pcap.count == 0);
    bool is_one_kind = has_nmsg + has_json + has_pres == 1 && o->write_pcap.count == 0;
    if (t->settings.sample_count > 0 || !(o->is_mirroring || is_one_kind)) {
        return;
    }
    nm_text_options text = {.aliases = t->aliases, .endline = nm_buffer_span(&t->settings.endline)};
    if (has_json) {
        text.format = NM_FORMAT_JSON;
        t->texts[t->text_count++] = text;
    }
    if (has_pres) {
        text.format = NM_FORMAT_PRES;
        t->texts[t->text_count++] = text;
    }
}

static bool
make_relay(tool *t, uint64_t seed)
{
    const tool_options *o = &t->options;
    nm_error err;
    nm_relay_options options = {
        .is_mirroring = o->is_mirroring,
        .count = o->count > 0 ? (uint64_t)o->count : 0,
        .interval_sec = o->interval > 0 ? o->interval : 0,
        .is_renewing = t->settings.kicker != NULL,
        .tick_sec = o->stats > 0 ? o->stats : 0,
        .hooks = {.context = t,
                  .wants = t->settings.sample_count > 0 ? wants : NULL,
                  .input_failed = tool_input_failed,
                  .output_failed = tool_output_failed,
                  .renew = tool_renew_output,
                  .open = tool_open_output,
                  .tick = tool_tick},
    };
    if (o->is_randomized && options.interval_sec > 0) {
        options.interval_offset = (int64_t)(seed % (uint64_t)options.interval_sec);
    }
    if (nm_relay_new(&options, &t->relay, &err) != NM_OK) {
        tool_say("%s", err.message);
        return false;
    }
    handle_signals(t->relay);
    plan_texts(t);
    return true;
}

/* What this build cannot do. */
static bool
lacks_nothing(const tool *t)
{
    const tool_options *o = &t->options;
    const struct {
        const tool_list *list;
        const char *option;
        nm_backend backend;
    } rows[] = {
        {&o->read_zmq, "-L", NM_BACKEND_ZMQ},
        {&o->write_zmq, "-S", NM_BACKEND_ZMQ},
        {&o->read_zmq_channel, "-Z", NM_BACKEND_ZMQ},
        {&o->read_kafka, "--readkafka", NM_BACKEND_KAFKA},
        {&o->write_kafka, "--writekafka", NM_BACKEND_KAFKA},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        nm_backend backend = rows[i].backend;
        if (rows[i].list->count > 0 && !nm_backend_is_present(backend)) {
            tool_say("Error: %s needs %s, which this build lacks (package %s on Debian and Ubuntu)",
                     rows[i].option, nm_backend_library(backend), nm_backend_package(backend));
            return false;
        }
    }
    if (o->statistics.count > 0) {
        tool_say("Error: -M needs modules, which this build lacks");
        return false;
    }
    return true;
}

/* Open inputs and outputs in the order in which the peer does: outputs take turns by it. */
static bool
open_all(tool *t)
{
    static const char *const standard_output[] = {"-"};
    const tool_options *o = &t->options;
    if (!lacks_nothing(t) || !tool_open_captures(t) || !tool_open_sockets(t) ||
        !tool_open_outputs(t, TOOL_SOCKET, &o->write_sock) || !tool_open_endpoints(t) ||
        !tool_open_outputs(t, TOOL_ZMQ, &o->write_zmq) || !tool_open_topics(t) ||
        !tool_open_outputs(t, TOOL_KAFKA, &o->write_kafka) || !tool_open_files(t) ||
        !tool_open_outputs(t, TOOL_NMSG, &o->write_nmsg) || !tool_open_channels(t)) {
        return false;
    }
    if (!tool_open_texts(t) || !tool_open_outputs(t, TOOL_PRES, &o->write_pres) ||
        !tool_open_outputs(t, TOOL_JSON, &o->write_json) ||
        !tool_open_outputs(t, TOOL_PCAP, &o->write_pcap)) {
        return false;
    }
    if (t->inlet_count == 0) {
        tool_say("usage error: no data sources specified (-h for more help)");
        return false;
    }
    const tool_list standard = {.items = (const char **)standard_output, .count = 1};
    return t->outlet_count > 0 || tool_open_outputs(t, TOOL_PRES, &standard);
}

static bool
has_dash(const tool_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i], "-") == 0) {
            return true;
        }
    }
    return false;
}

/* The process is in the background from now on. */
static void
detach(const tool *t, int daemon_fd)
{
    const tool_options *o = &t->options;
    tool_daemon_ready(daemon_fd,
                      has_dash(&o->read_nmsg) || has_dash(&o->read_json) ||
                          has_dash(&o->read_pres) || has_dash(&o->read_pcap),
                      has_dash(&o->write_nmsg) || has_dash(&o->write_json) ||
                          has_dash(&o->write_pres) || has_dash(&o->write_pcap));
}

/* -- running -- */

void
tool_tell_totals(const tool *t)
{
    nm_input_stats totals = tool_input_totals(t);
    tool_tell(t,
              "totals: payloads_in %" PRIu64 " payloads_out %" PRIu64 " container_recvs %" PRIu64
              " container_drops %" PRIu64,
              totals.messages, nm_relay_written(t->relay), totals.containers, totals.sequence_lost);
}

static int
run(tool *t)
{
    nm_error err = {.code = NM_OK};
    nm_status status = nm_relay_run(t->relay, &err);
    if (status == NM_STOPPED) {
        tool_say("signalled break");
    } else if (status != NM_OK && !t->has_failed && !t->is_pipe_closed) {
        tool_say("%s", err.message[0] != '\0' ? err.message : nm_status_text(status));
        t->has_failed = true;
    }
    tool_tell_totals(t);
    tool_close_outputs(t);
    if (t->options.stats > 0) {
        tool_tell_stats(t);
    }
    tool_close_inputs(t);
    if (last_signal != 0) {
        tool_tell(t, "received signal: %s", strsignal(last_signal));
    } else if (t->has_failed) {
        tool_tell(t, "run failed");
    }
    return last_signal != 0 || t->has_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int
open_pid_file(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0) {
        tool_say("unable to open pidfile %s: %s", path, strerror(errno));
    }
    return fd;
}

static void
write_pid(int fd)
{
    if (dprintf(fd, "%ld\n", (long)getpid()) < 0) {
        tool_say("cannot write the pid file: %s", strerror(errno));
    }
    (void)close(fd); /* What was to be told was. */
}

static void
free_tool(tool *t)
{
    tool_close_inputs(t);
    tool_close_outputs(t);
    nm_relay_free(t->relay);
    nm_worker_pool_free(t->pool);
    nm_alias_table_free(t->operators);
    nm_alias_table_free(t->groups);
    tool_settings_clear(&t->settings);
    tool_options_clear(&t->options);
}

/* What the environment says about packets. Names that are none are told and left out. */
static void
add_environment(nm_packet_options *packets)
{
    static const nm_dnsqr_variable lists[] = {NM_DNSQR_FILTER_QNAMES_EXCLUDE,
                                              NM_DNSQR_FILTER_QNAMES_INCLUDE};
    nm_packet_options_from_environment(packets);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        const char *text = packets->dnsqr[lists[i]];
        nm_span list = nm_span_of(text, text != NULL ? strlen(text) : 0);
        nm_span bad;
        while (nm_dnsqr_names_next_bad(&list, &bad)) {
            tool_say("dnsqr_filter_init: '%.*s' is no name of the DNS",
                     (int)(bad.len < 200 ? bad.len : 200), (const char *)bad.data);
        }
    }
}

/* With the options: open, go to the background if need be, and run. */
static int
start(tool *t)
{
    const tool_options *o = &t->options;
    nm_error err;
    uint64_t seed = 0;
    int daemon_fd = -1;
    int pid_fd = -1;
    char *pid_path = NULL;
    int result = EXIT_FAILURE;

    if (nm_random_u64(&seed, &err) != NM_OK ||
        tool_settings_make(o, &t->aliases, getenv("NMSG_KICKER"), seed, &t->settings, &err) !=
            NM_OK) {
        tool_say("%s", err.message);
        return EXIT_FAILURE;
    }
    if (o->is_daemon) {
        daemon_fd = tool_daemon_start(&err);
        if (daemon_fd < 0) {
            tool_say("unable to daemonize: %s", strerror(err.sys_errno));
            return EXIT_FAILURE;
        }
    }
    add_environment(&t->settings.packets);
    /* Interfaces need rights that may be given up below. */
    if (!make_relay(t, seed) || !make_pool(t) || !tool_open_interfaces(t)) {
        return EXIT_FAILURE;
    }
    if (o->pid_file != NULL) {
        pid_fd = open_pid_file(o->pid_file);
        pid_path = pid_fd >= 0 ? realpath(o->pid_file, NULL) : NULL;
    }
    if ((o->user == NULL || tool_become(t, pid_fd)) && open_all(t)) {
        if (pid_fd >= 0) {
            write_pid(pid_fd);
        }
        if (daemon_fd >= 0) {
            detach(t, daemon_fd);
        }
        result = run(t);
    }
    if (pid_path != NULL && unlink(pid_path) != 0) {
        tool_say("cannot remove %s: %s", pid_path, strerror(errno));
    }
    free(pid_path);
    return result;
}

int
main(int argc, char **argv)
{
    tool t = {.has_failed = false};
    nm_error err;
    char lacking[128];
    int result = EXIT_FAILURE;
    if (tool_options_parse(argc, (const char *const *)argv, &t.options, &err) != NM_OK) {
        tool_say("%s", err.message);
        if (strncmp(err.message, "usage problem", strlen("usage problem")) == 0) {
            tool_options_help(stderr);
        }
    } else if (t.options.wants_help) {
        tool_options_help(stderr);
        result = EXIT_SUCCESS;
    } else if (t.options.wants_version) {
        tool_say("version %s%s", NMSGTOOL_VERSION, without(lacking, sizeof lacking));
        result = EXIT_SUCCESS;
    } else {
        tool_tell(&t, "version %s%s", NMSGTOOL_VERSION, without(lacking, sizeof lacking));
        t.operators = load_aliases(NM_ALIAS_OPERATOR, "NMSG_OPALIAS_FILE");
        t.groups = load_aliases(NM_ALIAS_GROUP, "NMSG_GRALIAS_FILE");
        t.aliases = (nm_aliases){.operators = t.operators, .groups = t.groups};
        result = start(&t);
    }
    free_tool(&t);
    return result;
}
