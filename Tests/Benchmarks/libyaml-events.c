/* The physical limit of a tool that reads with libyaml: take every event of a file, and do nothing with it. */
#include <stdio.h>
#include <yaml.h>

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: %s FILE\n", argv[0]);
        return 64;
    }
    FILE *file = fopen(argv[1], "rb");
    yaml_parser_t parser;
    if (!file || !yaml_parser_initialize(&parser)) {
        perror(argv[1]);
        return 1;
    }
    yaml_parser_set_input_file(&parser, file);
    long count = 0;
    for (int ended = 0; !ended;) {
        yaml_event_t event;
        if (!yaml_parser_parse(&parser, &event)) {
            fprintf(stderr, "%s: line %zu: %s\n", argv[1], parser.problem_mark.line + 1, parser.problem);
            return 1;
        }
        ended = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
        count++;
    }
    printf("%ld\n", count);
    yaml_parser_delete(&parser);
    fclose(file);
    return 0;
}
