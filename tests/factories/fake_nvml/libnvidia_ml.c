/* The part of NVML's interface that the judge asks, answered from a text file.
 *
 * $FAKE_NVML_STATE names the file; it is read at each call, so a test changes the hardware by writing it:
 *
 *     driver 550.54.15
 *     init 0                                  what nvmlInit returns (9: driver not loaded)
 *     gpu GPU-1 81920 4.5 37 0 0 101,102 NVIDIA A100-SXM4-80GB
 *     mig MIG-1 9856 12 -1 0 1 - NVIDIA A100-SXM4-80GB MIG 1g.10gb
 *
 * Columns: kind, id, total MiB, used MiB, utilisation in percent (-1: not supported), the error that every
 * question about it gives (0: none, 15: lost), MIG mode (of a gpu), pids, name. A mig line belongs to the gpu
 * line above it. Without the file no driver is loaded.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OK = 0, INVALID = 2, UNSUPPORTED = 3, NOT_FOUND = 6, SMALL = 7, NO_DRIVER = 9 };
enum { MAX_DEVICES = 64, MAX_PIDS = 64 };

typedef struct { int is_mig, parent, util, error, is_sliced, n_pids; unsigned pids[MAX_PIDS];
                 double total, used; char id[96], name[96]; } device_t;
typedef struct { int init, n; char driver[80]; device_t devices[MAX_DEVICES]; } state_t;
typedef struct { unsigned long long total, free, used; } memory_t;
typedef struct { unsigned gpu, memory; } utilization_t;
typedef struct { unsigned pid; unsigned long long used; unsigned gpu_instance, compute_instance; } process_t;
typedef void *handle_t; /* place in the file, counted from 1 */

static void read_pids(device_t *device, char *text) {
    char *rest = NULL;
    for (char *word = strtok_r(text, ",", &rest); word; word = strtok_r(NULL, ",", &rest))
        if (*word != '-' && device->n_pids < MAX_PIDS) device->pids[device->n_pids++] = (unsigned)atoi(word);
}

static state_t *load(state_t *state) {
    memset(state, 0, sizeof *state);
    const char *path = getenv("FAKE_NVML_STATE");
    FILE *file = path ? fopen(path, "r") : NULL;
    if (!file) { state->init = NO_DRIVER; return state; }
    char line[1024], kind[8], pids[512];
    int parent = -1;
    while (fgets(line, sizeof line, file) && state->n < MAX_DEVICES) {
        device_t *device = &state->devices[state->n];
        if (sscanf(line, "init %d", &state->init) == 1 || sscanf(line, "driver %79s", state->driver) == 1) continue;
        if (sscanf(line, "%7s %95s %lf %lf %d %d %d %511s %95[^\n]", kind, device->id, &device->total, &device->used,
                   &device->util, &device->error, &device->is_sliced, pids, device->name) != 9) continue;
        device->is_mig = !strcmp(kind, "mig");
        if (!device->is_mig) parent = state->n;
        device->parent = parent;
        read_pids(device, pids);
        state->n++;
    }
    fclose(file);
    return state;
}

static int find(state_t *state, handle_t handle, device_t **device) {
    long place = (long)handle;
    load(state);
    if (state->init) return state->init;
    if (place < 1 || place > state->n) return INVALID;
    *device = &state->devices[place - 1];
    return (*device)->error;
}

/* The n-th device that is a whole one (parent < 0), or the n-th slice of a parent. */
static int nth(state_t *state, int parent, unsigned n, handle_t *handle) {
    load(state);
    for (int i = 0; i < state->n; i++) {
        device_t *device = &state->devices[i];
        int is_wanted = parent < 0 ? !device->is_mig : device->is_mig && device->parent == parent;
        if (is_wanted && n-- == 0) { *handle = (handle_t)(long)(i + 1); return device->error; }
    }
    return parent < 0 ? INVALID : NOT_FOUND;
}

int nvmlInitWithFlags(unsigned flags) { state_t s; (void)flags; return load(&s)->init; }
int nvmlShutdown(void) { return OK; }
const char *nvmlErrorString(int code) { (void)code; return "an error"; }

int nvmlSystemGetDriverVersion(char *text, unsigned length) {
    state_t s;
    snprintf(text, length, "%s", load(&s)->driver);
    return s.init;
}

int nvmlDeviceGetCount_v2(unsigned *count) {
    state_t s;
    *count = 0;
    load(&s);
    for (int i = 0; i < s.n; i++) *count += !s.devices[i].is_mig;
    return s.init;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, handle_t *handle) { state_t s; return nth(&s, -1, index, handle); }

int nvmlDeviceGetHandleByUUID(const char *uuid, handle_t *handle) {
    state_t s;
    load(&s);
    if (s.init) return s.init;
    for (int i = 0; i < s.n; i++)
        if (!strcmp(s.devices[i].id, uuid)) { *handle = (handle_t)(long)(i + 1); return s.devices[i].error; }
    return NOT_FOUND;
}

int nvmlDeviceGetUUID(handle_t handle, char *text, unsigned length) {
    state_t s; device_t *device;
    int error = find(&s, handle, &device);
    if (!error) snprintf(text, length, "%s", device->id);
    return error;
}

int nvmlDeviceGetName(handle_t handle, char *text, unsigned length) {
    state_t s; device_t *device;
    int error = find(&s, handle, &device);
    if (!error) snprintf(text, length, "%s", device->name);
    return error;
}

int nvmlDeviceGetMemoryInfo(handle_t handle, memory_t *memory) {
    state_t s; device_t *device;
    int error = find(&s, handle, &device);
    if (error) return error;
    memory->total = (unsigned long long)(device->total * 1048576);
    memory->used = (unsigned long long)(device->used * 1048576);
    memory->free = memory->total - memory->used;
    return OK;
}

int nvmlDeviceGetUtilizationRates(handle_t handle, utilization_t *rates) {
    state_t s; device_t *device;
    int error = find(&s, handle, &device);
    if (error) return error;
    if (device->util < 0) return UNSUPPORTED;
    rates->gpu = (unsigned)device->util;
    rates->memory = 0;
    return OK;
}

int nvmlDeviceGetComputeRunningProcesses_v3(handle_t handle, unsigned *count, process_t *found) {
    state_t s; device_t *device;
    int error = find(&s, handle, &device);
    if (error) return error;
    unsigned room = *count, wanted = (unsigned)device->n_pids;
    *count = wanted;
    if (room < wanted) return SMALL;
    for (unsigned i = 0; i < wanted; i++) found[i] = (process_t){device->pids[i], 0, 0xFFFFFFFF, 0xFFFFFFFF};
    return OK;
}

/* As datacentre cards answer: they do no graphics, and there is no MPS server. */
int nvmlDeviceGetGraphicsRunningProcesses_v3(handle_t handle, unsigned *count, process_t *found) {
    (void)handle; (void)found; *count = 0;
    return UNSUPPORTED;
}

int nvmlDeviceGetMPSComputeRunningProcesses_v3(handle_t handle, unsigned *count, process_t *found) {
    (void)handle; (void)found; *count = 0;
    return OK;
}

int nvmlDeviceGetMigMode(handle_t handle, unsigned *current, unsigned *pending) {
    state_t s; device_t *device;
    int error = find(&s, handle, &device);
    if (error) return error;
    if (device->is_sliced < 0) return UNSUPPORTED;
    *current = *pending = (unsigned)device->is_sliced;
    return OK;
}

int nvmlDeviceGetMaxMigDeviceCount(handle_t handle, unsigned *count) { (void)handle; *count = 7; return OK; }

int nvmlDeviceGetMigDeviceHandleByIndex(handle_t handle, unsigned index, handle_t *part) {
    state_t s;
    return nth(&s, (int)((long)handle - 1), index, part);
}
