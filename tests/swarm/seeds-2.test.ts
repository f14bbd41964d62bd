// Short runs of the swarm: seeds 1001 to 2000.
import { testSeeds } from "./run-seeds.js";

await testSeeds(1001, 1000);
