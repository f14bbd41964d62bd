// Short runs of the swarm: seeds 1 to 1000.
import { testSeeds } from "./run-seeds.js";

await testSeeds(1, 1000);
