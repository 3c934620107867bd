/* Exercise 02 in C: receive until the end, with every character whole. */
#include <arpa/inet.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char REPLACEMENT[] = "\xef\xbf\xbd"; /* U+FFFD in UTF-8 */

static iconv_t to_utf8;
static unsigned char lead; /* the first half of a character, or 0 */
static long bytes, characters;
static char line[8192];
static size_t length;

static void append(const char *text, size_t size) {
    memcpy(line + length, text, size);
    length += size;
    characters++;
}

/* Appends the character of these two bytes, if there is one. */
static int append_pair(unsigned char first, unsigned char second) {
    char pair[2] = {(char)first, (char)second}, text[8];
    char *in = pair, *out = text;
    size_t in_left = sizeof pair, out_left = sizeof text;
    if (iconv(to_utf8, &in, &in_left, &out, &out_left) == (size_t)-1) {
        iconv(to_utf8, NULL, NULL, NULL, NULL);
        return 0;
    }
    append(text, sizeof text - out_left);
    return 1;
}

static void decode(unsigned char byte) {
    unsigned char first = lead;
    lead = 0;
    if (first) {
        if (append_pair(first, byte))
            return;
        append(REPLACEMENT, 3);
    }
    if (byte < 0x80)
        append((char *)&byte, 1);
    else if (byte >= 0x81 && byte <= 0xfe)
        lead = byte;
    else
        append(REPLACEMENT, 3);
}

static void show(const char *client) {
    if (length > 0)
        printf("%s>>>%.*s\n", client, (int)length, line);
    fflush(stdout);
    length = 0;
}

static void must(int holds, const char *what) {
    if (!holds) {
        perror(what);
        exit(1);
    }
}

int main(int count, char **words) {
    char *colon = count == 2 ? strrchr(words[1], ':') : NULL;
    if (!colon) {
        fprintf(stderr, "usage: whole_call IP:PORT\n");
        return 2;
    }
    *colon = '\0';
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(colon + 1))};
    must(inet_pton(AF_INET, words[1], &address.sin_addr) == 1, "address");
    to_utf8 = iconv_open("UTF-8", "GBK");
    must(to_utf8 != (iconv_t)-1, "iconv");

    int listener = socket(AF_INET, SOCK_STREAM, 0);
    must(bind(listener, (struct sockaddr *)&address, sizeof address) == 0, "bind");
    must(listen(listener, 128) == 0, "listen");

    struct sockaddr_in caller;
    socklen_t size = sizeof caller;
    int connection = accept(listener, (struct sockaddr *)&caller, &size);
    must(connection >= 0, "accept");
    char ip[INET_ADDRSTRLEN], client[64];
    inet_ntop(AF_INET, &caller.sin_addr, ip, sizeof ip);
    snprintf(client, sizeof client, "%s:%d", ip, ntohs(caller.sin_port));

    unsigned char buffer[1024];
    ssize_t got; /* -1 after a reset, which is an end like any other */
    while ((got = recv(connection, buffer, sizeof buffer, 0)) > 0) {
        bytes += got;
        for (ssize_t at = 0; at < got; at++)
            decode(buffer[at]);
        show(client);
    }
    if (lead)
        append(REPLACEMENT, 3);
    show(client);
    printf("total: %ld bytes, %ld characters\n", bytes, characters);
    close(connection);
    close(listener);
    return 0;
}
