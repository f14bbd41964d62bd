// Names of the features of a beat, which models carry; src/beats/beat-features.ts says what they are.
import { assert } from "../base/assert.js";
import { FEATURE_COUNT } from "../beats/beat-features.js";

const NAMES = `
  r_rr0_med r_rr1_med r_rr0_nrr r_rr1_nrr r_rr0_p r_rr1_rr0 r_rrp_med r_rrpp_med r_ema r_slow r_medslow r_on r_onN r_m8 r_rr1_m8 r_comp2 r_rank
  r_z r_q80 r_q20 r_hr r_nrrhr r_s07 r_s16 r_ds r_mad r_se r_map r_ni r_n07 r_rr0_pp r_rr1_p r_ln_n h_3 h_4 h_5 h_6 h_7 h_8 t_dr t_amp t_wd t_wA
  t_wS t_steep t_area t_ad t_td t_tad t_mx t_mn t_pos t_dpos p_c p_d p_amp p_damp p_reg p_x a_wd a_wA a_wS a_steep a_compl a_hf a_lf a_hfE a_dwd
  a_dwA a_dwS c_dom c_n c_share c_prem c_comp c_P c_N c_C c_age c_wd c_wA c_wS c_awA c_awS c_dr c_r c_amp c_ntpl c_second c_new c_run c_same2
  c_prevdom c_prev2dom c_prevdr c_domshare c_domP c_domN c_premrel c_prevprem c_pm_dev c_dr2 c_wS2 c_wA2 c_newr
`.trim().split(/\s+/);

assert(NAMES.length === FEATURE_COUNT, "featureNames: every feature has a name");

/** In the order of the features. */
export function featureNames(): string[] {
  return [...NAMES];
}
