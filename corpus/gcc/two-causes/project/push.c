#include <curl/curl.h>

int push(const char *url) {
    CURL *curl = curl_easy_init();
    return curl == 0 || url == 0;
}
