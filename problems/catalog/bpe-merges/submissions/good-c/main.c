#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Symbols are numbers; names[i] is the text of symbol i, next[] links a word's symbols. */
static char *names[512];
static int text[60000], n_text, n_names;

static int symbol(const char *name) {
    for (int i = 0; i < n_names; i++)
        if (!strcmp(names[i], name)) return i;
    names[n_names] = strdup(name);
    return n_names++;
}

static int before(int a, int b, int c, int d) {
    int left = strcmp(names[a], names[c]);
    return left ? left < 0 : strcmp(names[b], names[d]) < 0;
}

int main(void) {
    int k, c;
    if (scanf("%d", &k) != 1) return 1;
    getchar();
    while ((c = getchar()) != EOF && c != '\n') {
        char name[2] = {(char)c, 0};
        text[n_text++] = c == ' ' ? -1 : symbol(name);
    }
    static int counts[512][512];
    while (k-- > 0) {
        memset(counts, 0, sizeof counts);
        int best_a = -1, best_b = -1;
        for (int i = 0; i + 1 < n_text; i++)
            if (text[i] >= 0 && text[i + 1] >= 0) counts[text[i]][text[i + 1]]++;
        for (int a = 0; a < n_names; a++)
            for (int b = 0; b < n_names; b++) {
                if (!counts[a][b]) continue;
                int n = best_a < 0 ? 0 : counts[best_a][best_b];
                if (counts[a][b] > n || (counts[a][b] == n && before(a, b, best_a, best_b))) best_a = a, best_b = b;
            }
        if (best_a < 0) break;
        printf("%s %s\n", names[best_a], names[best_b]);
        char *joined = malloc(strlen(names[best_a]) + strlen(names[best_b]) + 1);
        strcat(strcpy(joined, names[best_a]), names[best_b]);
        int made = symbol(joined), j = 0;
        free(joined);
        for (int i = 0; i < n_text; i++) {
            if (i + 1 < n_text && text[i] == best_a && text[i + 1] == best_b) {
                text[j++] = made;
                i++;
            } else {
                text[j++] = text[i];
            }
        }
        n_text = j;
    }
    return 0;
}
