#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

int main() {
    const int down[] = {0, 1, 0, -1}, right[] = {-1, 0, 1, 0};
    std::vector<std::vector<int>> best;
    for (std::string line; std::getline(std::cin, line);) {
        if (line.find("\"lake\"") != std::string::npos) {
            std::vector<std::string> lake;
            for (size_t at = line.find('['); (at = line.find('"', at + 1)) < line.find(']');) {
                size_t end = line.find('"', at + 1);
                lake.push_back(line.substr(at + 1, end - at - 1));
                at = end;
            }
            int n = lake.size();
            std::vector<std::vector<double>> values(n, std::vector<double>(n));
            best.assign(n, std::vector<int>(n));
            for (int round = 0; round < 600; ++round)
                for (int row = 0; row < n; ++row)
                    for (int column = 0; column < n; ++column) {
                        if (lake[row][column] == 'H' || lake[row][column] == 'G') continue;
                        double most = -1;
                        for (int action = 0; action < 4; ++action) {
                            double total = 0;
                            for (int side = 3; side < 6; ++side) {
                                int move = (action + side) % 4;
                                int r = std::clamp(row + down[move], 0, n - 1), c = std::clamp(column + right[move], 0, n - 1);
                                total += (lake[r][c] == 'G') + 0.999 * values[r][c];
                            }
                            if (total > most) most = total, best[row][column] = action;
                        }
                        values[row][column] = most / 3;
                    }
        } else if (line.find("\"at\"") != std::string::npos) {
            size_t open = line.find('['), comma = line.find(',', open);
            int row = std::stoi(line.substr(open + 1)), column = std::stoi(line.substr(comma + 1));
            std::cout << best[row][column] << std::endl;
        }
    }
}
