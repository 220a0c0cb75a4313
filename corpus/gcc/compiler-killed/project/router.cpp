#include <algorithm>
#include <filesystem>
#include <functional>
#include <iostream>
#include <map>
#include <regex>
#include <string>
#include <unordered_map>

int main() {
    std::map<std::string, std::function<int(const std::smatch&)>> routes;
    routes["/meters/([0-9]+)"] = [](const std::smatch& found) { return std::stoi(found[1]); };
    std::smatch found;
    std::string path = "/meters/17";
    for (const auto& [pattern, handler] : routes)
        if (std::regex_match(path, found, std::regex(pattern)))
            std::cout << handler(found) << std::filesystem::current_path() << std::endl;
}
