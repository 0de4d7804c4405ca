import java.util.*;

public class Main {
    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        int k = Integer.parseInt(in.nextLine().trim());
        Map<String, Integer> words = new TreeMap<>();
        for (String word : in.nextLine().split(" ")) words.merge(word, 1, Integer::sum);
        List<String[]> pieces = new ArrayList<>();
        List<Integer> times = new ArrayList<>();
        words.forEach((word, n) -> { pieces.add(word.split("")); times.add(n); });
        StringBuilder out = new StringBuilder();
        for (int round = 0; round < k; round++) {
            Map<String, Integer> counts = new HashMap<>();
            for (int i = 0; i < pieces.size(); i++) {
                String[] symbols = pieces.get(i);
                for (int j = 0; j + 1 < symbols.length; j++)
                    counts.merge(symbols[j] + " " + symbols[j + 1], times.get(i), Integer::sum);
            }
            String best = null;
            for (Map.Entry<String, Integer> one : counts.entrySet()) {
                int order = best == null ? 1 : one.getValue() - counts.get(best);
                if (order > 0 || order == 0 && one.getKey().compareTo(best) < 0) best = one.getKey();
            }
            if (best == null) break;
            out.append(best).append('\n');
            String left = best.split(" ")[0], right = best.split(" ")[1];
            for (int i = 0; i < pieces.size(); i++) {
                List<String> merged = new ArrayList<>();
                String[] symbols = pieces.get(i);
                for (int j = 0; j < symbols.length; j++) {
                    boolean here = j + 1 < symbols.length && symbols[j].equals(left) && symbols[j + 1].equals(right);
                    merged.add(here ? left + right : symbols[j]);
                    if (here) j++;
                }
                pieces.set(i, merged.toArray(new String[0]));
            }
        }
        System.out.print(out);
    }
}
