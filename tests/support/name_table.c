/* Preloaded into a program under test: getaddrinfo that answers from a file, so that names lead where a test wants.
   EDGEMESH_NAMES names the file; each line is a host and its addresses, or a host and "hang". Each lookup of a host in it
   is a line in the file <EDGEMESH_NAMES>.asked. Other hosts go to the system. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int (*lookup)(const char*, const char*, const struct addrinfo*, struct addrinfo**);

static int entry_of(const char* host, char* line, int size) {
  const char* path = getenv("EDGEMESH_NAMES");
  FILE* table = path ? fopen(path, "r") : NULL;
  int found = 0;
  while (table && !found && fgets(line, size, table)) {
    const size_t n = strlen(host);
    found = strncmp(line, host, n) == 0 && (line[n] == ' ' || line[n] == '\n');
  }
  if (table) fclose(table);
  return found;
}

static void note(const char* host) {
  char path[4096];
  snprintf(path, sizeof path, "%s.asked", getenv("EDGEMESH_NAMES"));
  FILE* log = fopen(path, "a");
  if (!log) return;
  fprintf(log, "%s\n", host);
  fclose(log);
}

int getaddrinfo(const char* host, const char* service, const struct addrinfo* hints, struct addrinfo** out) {
  const lookup system_lookup = (lookup)dlsym(RTLD_NEXT, "getaddrinfo");
  char line[1024], *rest = NULL;
  if (!host || !entry_of(host, line, sizeof line)) return system_lookup(host, service, hints, out);
  note(host);
  while (strstr(line, " hang")) {
    usleep(20000);
    if (!entry_of(host, line, sizeof line)) return EAI_NONAME;
  }
  struct addrinfo numeric = hints ? *hints : (struct addrinfo){0};
  numeric.ai_flags = AI_NUMERICHOST;
  struct addrinfo **end = out;
  *out = NULL;
  strtok_r(line, " \n", &rest);
  for (char* a = strtok_r(NULL, " \n", &rest); a; a = strtok_r(NULL, " \n", &rest)) {
    if (system_lookup(a, service, &numeric, end) != 0) continue;
    while (*end) end = &(*end)->ai_next;
  }
  return *out ? 0 : EAI_NONAME;
}
