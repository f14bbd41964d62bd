// What Moddable's update module (SDK 8.2.3) lacks of ESP-IDF's trial of a new firmware; for CONFIG_BOOTLOADER_APP_ROLLBACK_ENABLE=y.
#include <stdint.h>
#include "app_update/include/esp_ota_ops.h"

/** @returns 1 if what runs was selected by an update, and nobody has confirmed it yet */
int32_t edgebeat_is_on_trial(void)
{
	esp_ota_img_states_t state;
	return esp_ota_get_state_partition(esp_ota_get_running_partition(), &state) == ESP_OK && state == ESP_OTA_IMG_PENDING_VERIFY;
}

/** What runs starts from now on. @returns 1, or 0 for a fault of the flash */
int32_t edgebeat_confirm(void)
{
	return esp_ota_mark_app_valid_cancel_rollback() == ESP_OK;
}
