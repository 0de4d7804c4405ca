#include <iostream>
#include <map>
#include <string>
#include <utility>
#include <vector>

int main() {
    int k;
    std::cin >> k;
    std::map<std::string, long> words;
    for (std::string word; std::cin >> word;) ++words[word];
    std::vector<std::vector<std::string>> pieces;
    std::vector<long> times;
    for (const auto& [word, n] : words) {
        std::vector<std::string> symbols;
        for (char letter : word) symbols.emplace_back(1, letter);
        pieces.push_back(symbols);
        times.push_back(n);
    }
    for (int round = 0; round < k; ++round) {
        std::map<std::pair<std::string, std::string>, long> counts;
        for (size_t i = 0; i < pieces.size(); ++i)
            for (size_t j = 0; j + 1 < pieces[i].size(); ++j) counts[{pieces[i][j], pieces[i][j + 1]}] += times[i];
        if (counts.empty()) break;
        auto best = counts.begin();
        for (auto it = counts.begin(); it != counts.end(); ++it)
            if (it->second > best->second) best = it;
        const auto [left, right] = best->first;
        std::cout << left << ' ' << right << '\n';
        for (auto& symbols : pieces) {
            std::vector<std::string> merged;
            for (size_t j = 0; j < symbols.size(); ++j) {
                if (j + 1 < symbols.size() && symbols[j] == left && symbols[j + 1] == right) {
                    merged.push_back(left + right);
                    ++j;
                } else {
                    merged.push_back(symbols[j]);
                }
            }
            symbols = std::move(merged);
        }
    }
}
